// Distil: a finished run → what it taught, as skills for later runs. By rules
// over what the judge said; nothing is claimed that the nodes do not carry. What
// models and tools wrote stands in them in quotation marks, cut short. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/finished_run.h"
#include "knowledge/skills/skill.h"

namespace kernelevolve {

// At most three, each `proposed`: what made the best kernel fast, which of its
// parameter values are good, which moves failed again and again. None of the
// first two unless a stage after search accepted the best. `today`: a day, from
// which on they are good for kSkillDays. Same run and day, same skills.
std::vector<Skill> Distil(const FinishedRun& run, const std::string& today);
inline constexpr int kSkillDays = 90;

}  // namespace kernelevolve
