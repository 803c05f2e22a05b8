// kernelevolve kb add
#include <optional>

#include "base/format.h"
#include "base/text.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/kb.h"
#include "cli/units.h"
#include "knowledge/docs/document_parser.h"
#include "knowledge/docs/new_document.h"

namespace kernelevolve::cli {
namespace {

struct Options {
  std::string what, under, data;
  std::vector<std::string> errors;
  Document document;
};

Flags MakeFlags(Options& options) {
  Flags flags({"kernelevolve kb add", "start a document, or take one in",
               "TITLE|FILE.md --under FOLDER [flags]",
               "kernelevolve kb add \"Streaming stores\" --under "
               "hardware/cpu/optimization \\\n      --bottleneck memory "
               "--keyword \"non-temporal store\""});
  Document& document = options.document;
  flags.Positional("TITLE|FILE", options.what,
                   "a title, or a finished document to copy");
  flags.Text("--under", "FOLDER", options.under,
             "constraints, guidance/debugging, languages/cuda, ...");
  flags.Text("--summary", "TEXT", document.summary, "one sentence");
  flags.Texts("--platform", "P", document.platforms, "may be repeated, as all");
  flags.Texts("--arch", "A", document.archs, "sm_90, avx512, ...");
  flags.Texts("--language", "L", document.languages, "cpp, cuda, ...");
  flags.Texts("--bottleneck", "B", document.bottlenecks, "memory, ...");
  flags.Texts("--phase", "P", document.phases, "draft, repair, optimize");
  flags.Texts("--error", "CODE", options.errors, "a verdict code");
  flags.Texts("--keyword", "K", document.keywords, "what one searches for");
  flags.Texts("--source", "S", document.sources, "where it can be checked");
  flags.Text("--data", "DIR", options.data, kDataHelp);
  return flags;
}

// A file's text, or that of a new document.
struct Draft {
  std::string path, text;
  bool unwritten = false;
};

Result<Draft> ReadFinished(const Options& options) {
  const fs::path file = options.what;
  ASSIGN_OR_RETURN(std::string text, ReadFile(file, 128 << 10));
  return Draft{options.under + "/" + file.filename().string(), std::move(text)};
}

Result<Draft> MakeNew(const Vocabulary& vocabulary, Options& options) {
  for (const std::string& name : options.errors) {
    const std::optional<Code> code = ParseCode(name);
    if (!code)
      return BadInput(format("--error: found '{}', expected one of {}", name,
                             Join(VerdictCodeNames(), ", ")));
    options.document.errors.push_back(*code);
  }
  options.document.title = options.what;
  RETURN_IF_ERROR(
      CompleteNewDocument(options.under, vocabulary, options.document));
  return Draft{options.document.path, DocumentText(options.document), true};
}

Status CheckDraft(const Draft& draft, const Vocabulary& vocabulary) {
  const ParsedDocument parsed =
      ParseDocument(draft.text, draft.path, vocabulary);
  std::vector<std::string> mistakes;
  for (const Diagnostic& diagnostic : parsed.diagnostics)
    mistakes.push_back(diagnostic.ToString());
  if (mistakes.empty()) return {};
  return BadInput("not a document:\n" + Join(mistakes, "\n"));
}

Status Place(const Draft& draft, const fs::path& knowledge) {
  const fs::path file = knowledge / draft.path;
  std::error_code error;
  if (fs::exists(file, error))
    return BadInput(format("{} is there already", ShownPath(file.string())));
  RETURN_IF_ERROR(MakeFolders(file.parent_path()));
  RETURN_IF_ERROR(WriteFileAtomic(file, draft.text));
  return WriteIndexPage(knowledge);
}

}  // namespace

Result<int> RunKbAdd(const Arguments& arguments, Session& session) {
  Options options;
  Flags flags = MakeFlags(options);
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(const fs::path data, KnowledgeDataFolder(options.data));
  const fs::path knowledge = data / "knowledge";
  const Vocabulary vocabulary = VocabularyOf(knowledge);
  if (!IsDocumentFolder(options.under, vocabulary))
    return BadInput(format("--under: found '{}', expected one of {}",
                           options.under, DocumentFolders(vocabulary)));
  std::error_code error;
  const bool finished =
      options.what.ends_with(".md") && fs::is_regular_file(options.what, error);
  ASSIGN_OR_RETURN(const Draft draft, finished ? ReadFinished(options)
                                               : MakeNew(vocabulary, options));
  RETURN_IF_ERROR(CheckDraft(draft, vocabulary));
  RETURN_IF_ERROR(Place(draft, knowledge));
  session.console.Out(format(
      "Wrote {}, and index.md.\n{}",
      ShownPath((knowledge / draft.path).string()),
      draft.unwritten ? "Next: write it; kernelevolve kb lint says what is "
                        "left.\n"
                      : ""));
  return kDone;
}

}  // namespace kernelevolve::cli
