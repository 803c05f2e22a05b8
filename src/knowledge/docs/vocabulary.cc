#include "knowledge/docs/vocabulary.h"

#include <algorithm>

#include "base/text.h"
#include "core/verdict.h"

namespace kernelevolve {
namespace {

void AddFolders(const fs::path& folder, std::vector<std::string>& words) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (it->is_directory(error) && !name.starts_with('.'))
      found.push_back(name);
  }
  std::sort(found.begin(), found.end());
  for (std::string& name : found)
    if (std::find(words.begin(), words.end(), name) == words.end())
      words.push_back(std::move(name));
}

std::vector<std::string> FolderList(const Vocabulary& vocabulary) {
  std::vector<std::string> folders = {"constraints", "guidance/correctness",
                                      "guidance/debugging",
                                      "guidance/performance"};
  for (const std::string& platform : vocabulary.platforms)
    for (const char* part : {"arch", "debugging", "optimization"})
      folders.push_back("hardware/" + platform + "/" + part);
  for (const std::string& language : vocabulary.languages)
    folders.push_back("languages/" + language);
  return folders;
}

}  // namespace

Vocabulary VocabularyOf(const fs::path& knowledge) {
  Vocabulary vocabulary;
  AddFolders(knowledge / "hardware", vocabulary.platforms);
  AddFolders(knowledge / "languages", vocabulary.languages);
  return vocabulary;
}

std::vector<std::string> VerdictCodeNames() {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(Code::kWorkerLost); ++i)
    names.emplace_back(CodeName(static_cast<Code>(i)));
  return names;
}

const std::vector<std::string>& SampleTags() {
  static const std::vector<std::string> kTags = {"cpp", "cuda", "python",
                                                 "text"};
  return kTags;
}

bool IsDocumentFolder(std::string_view folder, const Vocabulary& vocabulary) {
  const std::vector<std::string> folders = FolderList(vocabulary);
  return std::find(folders.begin(), folders.end(), folder) != folders.end();
}

std::string DocumentFolders(const Vocabulary& vocabulary) {
  return Join(FolderList(vocabulary), ", ");
}

}  // namespace kernelevolve
