// Skills in words.
#pragma once

#include <string>
#include <string_view>

#include "knowledge/skills/skill.h"

namespace kernelevolve {

// Hostile text on one line: sanitised, line breaks as blanks, no mark of
// Markdown's code, and cut to so many bytes where it is longer.
std::string CappedLine(std::string_view text, size_t bytes);

// "1.42x [1.38, 1.46] at the final stage", or the code of a rejection.
std::string EvidenceText(const SkillEvidence& evidence);

// One line: which run, which nodes, whose review.
std::string ProvenanceText(const Skill& skill);

}  // namespace kernelevolve
