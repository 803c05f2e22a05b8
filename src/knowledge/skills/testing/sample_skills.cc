#include "knowledge/skills/testing/sample_skills.h"

#include "base/check.h"
#include "knowledge/docs/testing/sample_documents.h"
#include "knowledge/skills/skill_parser.h"

namespace kernelevolve {

Skill SampleSkill(const std::string& name) {
  Skill skill;
  skill.document = SampleDocument("skills/" + name + ".md", "Skill " + name);
  skill.document.body = "\nWhat " + name + " says.\n";
  skill.run = "softmax-1";
  skill.task = "softmax";
  skill.operator_family = "softmax";
  skill.target = "cpp@native";
  skill.device = "a CPU";
  skill.created = "2026-01-01";
  skill.expires = "2026-12-31";
  skill.evidence = {{7, Stage::kFinal, Code::kOk, 1.5, {1.4, 1.6}},
                    {9, Stage::kSearch, Code::kOob, 0, {}}};
  return skill;
}

void WriteSkill(const Skill& skill, const fs::path& knowledge) {
  const fs::path file = knowledge / skill.document.path;
  CHECK(MakeFolders(file.parent_path()).has_value());
  CHECK(WriteFileAtomic(file, SkillText(skill)).has_value());
}

}  // namespace kernelevolve
