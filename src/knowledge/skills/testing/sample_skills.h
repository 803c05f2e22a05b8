// Skills for tests.
#pragma once

#include <string>

#include "base/file.h"
#include "knowledge/skills/skill.h"

namespace kernelevolve {

// Proposed, of the operator "softmax" on cpp@native, for the whole of 2026.
Skill SampleSkill(const std::string& name);

// Its file under `knowledge`.
void WriteSkill(const Skill& skill, const fs::path& knowledge);

}  // namespace kernelevolve
