#include "knowledge/docs/lint.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/format.h"
#include "base/text.h"
#include "knowledge/docs/index_page.h"
#include "knowledge/docs/samples.h"

namespace kernelevolve {
namespace {

// A document is read as part of a prompt: what is longer is two documents.
constexpr int kFewestLines = 15, kMostLines = 100;
constexpr size_t kMaxBody = 6 << 10;

using Problems = std::vector<Diagnostic>;

bool IsSnakeCase(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

void CheckPlace(const Document& document, const Vocabulary& vocabulary,
                Problems& problems) {
  const fs::path path = document.path;
  if (!IsDocumentFolder(path.parent_path().string(), vocabulary))
    problems.push_back({document.path, 0, "folder",
                        format("\"{}\"", path.parent_path().string()),
                        "one of " + DocumentFolders(vocabulary)});
  if (!IsSnakeCase(path.stem().string()))
    problems.push_back({document.path, 0, "name", path.filename().string(),
                        "small letters, digits and _"});
}

void CheckLength(const Document& document, Problems& problems) {
  const std::string_view body = Trim(document.body);
  const auto lines = std::count(body.begin(), body.end(), '\n') + 1;
  if (lines < kFewestLines || lines > kMostLines)
    problems.push_back({document.path, document.body_line, "body",
                        format("{} lines", lines),
                        format("{} to {}", kFewestLines, kMostLines)});
  if (body.size() > kMaxBody)
    problems.push_back({document.path, document.body_line, "body",
                        format("{} bytes", body.size()),
                        format("at most {}", kMaxBody)});
}

void CheckSamples(const Document& document, Problems& problems) {
  const auto add = [&](int line, std::string found, std::string expected) {
    problems.push_back(
        {document.path, line, "sample", std::move(found), std::move(expected)});
  };
  bool compiled = false;
  for (const Sample& sample :
       ExtractSamples(document.body, document.body_line)) {
    const auto& tags = SampleTags();
    if (std::find(tags.begin(), tags.end(), sample.tag) == tags.end())
      add(sample.line, format("the tag \"{}\"", Sanitize(sample.tag, 40)),
          "one of " + Join(tags, ", "));
    if (!sample.closed) add(sample.line, "no end", "a line of ```");
    if (Trim(sample.code).empty()) add(sample.line, "nothing in it", "code");
    if (sample.tag == "python" &&
        sample.code.find("@triton.jit") != std::string::npos &&
        sample.code.find("# compile: ") == std::string::npos)
      add(sample.line, "a Triton kernel without signature",
          "# compile: name(*fp32, …, BLOCK=1024) num_warps=4");
    compiled |= IsCompiled(sample);
  }
  if (compiled && document.checked_with.empty())
    add(document.body_line, "samples but an empty checked_with",
        "the compilers that accepted them");
}

// Targets of [text](target), those in `code` apart.
std::vector<std::string> LinkTargets(std::string_view line) {
  std::vector<std::string> targets;
  bool code = false;
  for (size_t i = 0; i < line.size(); ++i) {
    code ^= line[i] == '`';
    if (code || line.substr(i, 2) != "](") continue;
    const size_t end = line.find(')', i);
    targets.emplace_back(
        line.substr(i + 2, std::min(end, line.size()) - i - 2));
  }
  return targets;
}

bool Resolves(const std::string& target, const Document& document,
              const fs::path& knowledge) {
  if (target.starts_with("https://") || target.starts_with("http://"))
    return true;
  const std::string file = target.substr(0, target.find('#'));
  if (file.empty()) return !target.empty();
  const fs::path inside =
      (fs::path(document.path).parent_path() / file).lexically_normal();
  std::error_code error;
  return inside.is_relative() && *inside.begin() != ".." &&
         fs::is_regular_file(knowledge / inside, error);
}

void CheckProse(const Document& document, const fs::path& knowledge,
                Problems& problems) {
  for (const auto& [text, line] :
       ExtractProse(document.body, document.body_line)) {
    for (const std::string& target : LinkTargets(text))
      if (!Resolves(target, document, knowledge))
        problems.push_back({document.path, line, "link",
                            format("\"{}\"", Sanitize(target, 200)),
                            "a file in the knowledge folder, relative to this "
                            "one"});
    if (text.find(kToBeWritten) != std::string_view::npos)
      problems.push_back({document.path, line, "body",
                          format("\"{}\"", kToBeWritten), "the text itself"});
  }
}

void CheckWritten(const Document& document, Problems& problems) {
  const auto check = [&](const char* key, const std::string& text) {
    if (text.find(kToBeWritten) != std::string::npos)
      problems.push_back({document.path, 2, key, format("\"{}\"", kToBeWritten),
                          "the text itself"});
  };
  check("summary", document.summary);
  for (const std::string& source : document.sources) check("source", source);
}

void CheckTitles(const std::vector<Document>& documents, Problems& problems) {
  std::map<std::string, const Document*> first;
  for (const Document& document : documents) {
    const auto [at, fresh] = first.emplace(document.title, &document);
    if (!fresh)
      problems.push_back({document.path, 2, "title",
                          "the title of " + at->second->path,
                          "one of its own"});
  }
}

Status CheckIndexPage(const DocumentIndex& index, const fs::path& knowledge,
                      Problems& problems) {
  std::string found;
  std::error_code error;
  if (fs::exists(knowledge / kIndexPage, error)) {
    ASSIGN_OR_RETURN(found, ReadFile(knowledge / kIndexPage));
  }
  if (found != IndexPage(index.documents()))
    problems.push_back({kIndexPage, 0, "",
                        found.empty() ? "no index" : "an index of other days",
                        "what kernelevolve kb lint --write-index writes"});
  return {};
}

}  // namespace

Result<std::vector<Diagnostic>> LintKnowledge(const fs::path& knowledge) {
  const Vocabulary vocabulary = VocabularyOf(knowledge);
  ASSIGN_OR_RETURN(const DocumentIndex index, DocumentIndex::Load(knowledge));
  Problems problems = index.problems();
  for (const Document& document : index.documents()) {
    CheckPlace(document, vocabulary, problems);
    CheckLength(document, problems);
    CheckSamples(document, problems);
    CheckProse(document, knowledge, problems);
    CheckWritten(document, problems);
  }
  CheckTitles(index.documents(), problems);
  // A document that could not be read would be missed in the index as well.
  if (index.problems().empty())
    RETURN_IF_ERROR(CheckIndexPage(index, knowledge, problems));
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::tie(a.file, a.line) < std::tie(b.file, b.line);
                   });
  return problems;
}

}  // namespace kernelevolve
