#include "knowledge/skills/skill_index.h"

#include <algorithm>
#include <string>

#include "knowledge/docs/vocabulary.h"
#include "knowledge/skills/skill_parser.h"

namespace kernelevolve {
namespace {

constexpr uint64_t kMaxBytes = 64 << 10;

// Paths under `knowledge`, in order, so that nothing depends on the file system.
std::vector<std::string> SkillFiles(const fs::path& knowledge) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator it(knowledge / kSkillsFolder, error), end;
       !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool plain =
        it->symlink_status(error).type() == fs::file_type::regular;
    if (plain && name.ends_with(".md") && !name.starts_with('.'))
      paths.push_back(std::string(kSkillsFolder) + "/" + name);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

SkillIndex::SkillIndex(std::vector<Skill> skills) : skills_(std::move(skills)) {
  std::sort(skills_.begin(), skills_.end(), [](const Skill& a, const Skill& b) {
    return a.document.path < b.document.path;
  });
}

Result<SkillIndex> SkillIndex::Load(const fs::path& knowledge) {
  const Vocabulary vocabulary = VocabularyOf(knowledge);
  std::vector<Skill> skills;
  std::vector<Diagnostic> problems;
  for (const std::string& path : SkillFiles(knowledge)) {
    const Result<std::string> text = ReadFile(knowledge / path, kMaxBytes);
    if (!text) {
      problems.push_back({path, 0, "", text.error().message, "a skill"});
      continue;
    }
    ParsedSkill parsed = ParseSkill(*text, path, vocabulary);
    if (parsed.diagnostics.empty()) skills.push_back(std::move(parsed.skill));
    for (Diagnostic& diagnostic : parsed.diagnostics)
      problems.push_back(std::move(diagnostic));
  }
  SkillIndex index(std::move(skills));
  index.problems_ = std::move(problems);
  return index;
}

const Skill* SkillIndex::Find(std::string_view name) const {
  for (const Skill& skill : skills_)
    if (skill.name() == name) return &skill;
  return nullptr;
}

}  // namespace kernelevolve
