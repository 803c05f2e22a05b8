// Which skills a prompt is told.
#pragma once

#include <string>
#include <vector>

#include "knowledge/docs/situation.h"
#include "knowledge/skills/skill_index.h"

namespace kernelevolve {

struct SkillUse {
  std::string today;     // DayOf(clock)
  bool trusted = false;  // those that nobody has reviewed, too
};

// Those of the situation's operator and target that are of use on that day:
// what is about its error first, then its phase, then its bottleneck; then the
// younger, then by name. None where operator or target is not known.
std::vector<const Skill*> ChooseSkills(const SkillIndex& index,
                                       const Situation& situation,
                                       const SkillUse& use, size_t limit);

}  // namespace kernelevolve
