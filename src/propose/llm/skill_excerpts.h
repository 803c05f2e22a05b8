// Skills as a prompt quotes them.
#pragma once

#include "knowledge/skills/skill.h"
#include "propose/llm/excerpts_text.h"

namespace kernelevolve {

// Where it comes from, then its text marked as data: it quotes what models and
// tools of an earlier run have said.
KnowledgeExcerpt ExcerptOf(const Skill& skill);

}  // namespace kernelevolve
