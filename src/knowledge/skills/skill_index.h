// SkillIndex: the skills of one knowledge folder.
#pragma once

#include <string_view>
#include <vector>

#include "base/file.h"
#include "core/task_parser.h"
#include "knowledge/skills/skill.h"

namespace kernelevolve {

// Immutable once loaded; safe to share between threads.
class SkillIndex {
 public:
  SkillIndex() = default;
  explicit SkillIndex(std::vector<Skill> skills);
  // Every plain .md file of knowledge/skills; follows no links. A malformed one
  // is left out and its mistakes are in problems(); an absent folder is empty.
  static Result<SkillIndex> Load(const fs::path& knowledge);

  // In the order of names.
  const std::vector<Skill>& skills() const { return skills_; }
  const std::vector<Diagnostic>& problems() const { return problems_; }
  // Null where there is none.
  const Skill* Find(std::string_view name) const;

 private:
  std::vector<Skill> skills_;
  std::vector<Diagnostic> problems_;
};

}  // namespace kernelevolve
