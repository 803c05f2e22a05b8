// kernelevolve kb lint | search | add | skills
#include "cli/kb.h"

#include "base/format.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/units.h"
#include "knowledge/docs/index_page.h"
#include "knowledge/docs/lint.h"
#include "knowledge/skills/skill_index.h"

namespace kernelevolve::cli {
namespace {

struct Word {
  const char* name;
  const char* takes;
  const char* summary;
  Result<int> (*run)(const Arguments& arguments, Session& session);
};

const std::vector<Word>& Words() {
  static const std::vector<Word> kWords = {
      {"lint", "", "what is wrong with the documents", RunKbLint},
      {"search", "[WORD ...]", "the documents that fit a situation",
       RunKbSearch},
      {"add", "TITLE|FILE", "start a document, or take one in", RunKbAdd},
      {"skills", "WORD", "what finished runs taught", RunKbSkills},
  };
  return kWords;
}

std::string KbHelp() {
  std::string text =
      "kernelevolve kb: the knowledge that kernels are written "
      "from\n\n";
  for (const Word& word : Words())
    text += format("  {:<18}  {}\n", format("{} {}", word.name, word.takes),
                   word.summary);
  return text +
         "\nkernelevolve kb WORD --help explains one; docs/knowledge.md "
         "describes a document.\n\nExample:\n"
         "  kernelevolve kb search masked tail --error OOB --language cpp\n";
}

std::vector<std::string> WordNames() {
  std::vector<std::string> names;
  for (const Word& word : Words()) names.emplace_back(word.name);
  return names;
}

}  // namespace

Result<fs::path> KnowledgeDataFolder(const std::string& data) {
  fs::path folder = data;
  if (data.empty()) {
    ASSIGN_OR_RETURN(folder, DataFolder());
  }
  std::error_code error;
  if (!fs::is_directory(folder / "knowledge", error))
    return BadInput(format("'{}' holds no folder knowledge", folder.string()));
  return folder;
}

Status WriteIndexPage(const fs::path& knowledge) {
  ASSIGN_OR_RETURN(const DocumentIndex index, DocumentIndex::Load(knowledge));
  return WriteFileAtomic(knowledge / kIndexPage, IndexPage(index.documents()));
}

Result<int> RunKbLint(const Arguments& arguments, Session& session) {
  std::string data;
  bool write_index = false;
  Flags flags({"kernelevolve kb lint", "what is wrong with the documents",
               "[--write-index] [--data DIR]", "kernelevolve kb lint"});
  flags.Switch("--write-index", write_index, "write knowledge/index.md first");
  flags.Text("--data", "DIR", data, kDataHelp);
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(const fs::path folder, KnowledgeDataFolder(data));
  const fs::path knowledge = folder / "knowledge";
  if (write_index) RETURN_IF_ERROR(WriteIndexPage(knowledge));
  ASSIGN_OR_RETURN(std::vector<Diagnostic> problems, LintKnowledge(knowledge));
  ASSIGN_OR_RETURN(const SkillIndex skills, SkillIndex::Load(knowledge));
  problems.insert(problems.end(), skills.problems().begin(),
                  skills.problems().end());
  for (Diagnostic& problem : problems) {
    problem.file = ShownPath((knowledge / problem.file).string());
    session.console.Out(Sanitize(problem.ToString(), 2000) + "\n");
  }
  if (!problems.empty()) return kNothing;
  ASSIGN_OR_RETURN(const DocumentIndex index, DocumentIndex::Load(knowledge));
  session.console.Out(
      Counted(static_cast<int64_t>(index.documents().size()), "document") +
      ", no mistakes\n");
  return kDone;
}

Result<int> RunKb(const Arguments& arguments, Session& session) {
  const std::string name = arguments.empty() ? "" : arguments.front();
  if (name == "--help" || name == "-h")
    return session.console.Out(KbHelp()), kDone;
  for (const Word& word : Words())
    if (name == word.name)
      return word.run({arguments.begin() + 1, arguments.end()}, session);
  const std::string near = Nearest(name, WordNames());
  return BadInput(format("kb: found '{}', expected one of {}{}", name,
                         Join(WordNames(), ", "),
                         near.empty() ? "" : "; did you mean " + near + "?"));
}

}  // namespace kernelevolve::cli
