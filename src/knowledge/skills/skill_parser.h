// A document with a table [skill] in its front matter → Skill, and back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/task_parser.h"
#include "knowledge/docs/vocabulary.h"
#include "knowledge/skills/skill.h"

namespace kernelevolve {

struct ParsedSkill {
  Skill skill;  // valid only if there are no diagnostics
  std::vector<Diagnostic> diagnostics;
};

// `path` is "skills/NAME.md", and names it in diagnostics. All mistakes at once.
ParsedSkill ParseSkill(std::string_view text, const std::string& path,
                       const Vocabulary& vocabulary);

// As ParseSkill reads it.
std::string SkillText(const Skill& skill);

}  // namespace kernelevolve
