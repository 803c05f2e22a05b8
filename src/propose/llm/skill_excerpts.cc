#include "propose/llm/skill_excerpts.h"

#include "knowledge/skills/skill_text.h"
#include "propose/llm/untrusted.h"

namespace kernelevolve {

KnowledgeExcerpt ExcerptOf(const Skill& skill) {
  return {skill.document.title, skill.document.path,
          ProvenanceText(skill) + "\n" +
              Quoted("What an earlier run taught", "text", skill.document.body,
                     kMaxSkillBody)};
}

}  // namespace kernelevolve
