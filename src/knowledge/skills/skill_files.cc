#include "knowledge/skills/skill_files.h"

#include "base/format.h"
#include "base/text.h"
#include "knowledge/skills/skill_index.h"
#include "knowledge/skills/skill_parser.h"
#include "knowledge/skills/skill_text.h"

namespace kernelevolve {
namespace {

// Found among the files that are there: a name is no path.
Result<Skill> ReadSkill(const fs::path& knowledge, const std::string& name) {
  ASSIGN_OR_RETURN(const SkillIndex index, SkillIndex::Load(knowledge));
  if (const Skill* skill = index.Find(name)) return *skill;
  std::vector<std::string> names;
  for (const Skill& skill : index.skills()) names.push_back(skill.name());
  for (const Diagnostic& problem : index.problems())
    if (fs::path(problem.file).stem() == name)
      return BadInput(problem.ToString());
  const std::string near = Nearest(name, names);
  return BadInput(format("no skill '{}'{}", CappedLine(name, 80),
                        near.empty() ? "" : "; did you mean " + near + "?"));
}

Status Save(const fs::path& knowledge, const Skill& skill) {
  return WriteFileAtomic(knowledge / skill.document.path, SkillText(skill));
}

}  // namespace

Result<std::vector<WrittenSkill>> WriteSkills(const std::vector<Skill>& skills,
                                              const fs::path& folder) {
  std::vector<WrittenSkill> written;
  if (skills.empty()) return written;
  RETURN_IF_ERROR(MakeFolders(folder));
  for (const Skill& skill : skills) {
    const fs::path file = folder / (skill.name() + ".md");
    std::error_code error;
    // Whatever has that name, a link that leads nowhere included.
    const bool fresh =
        fs::symlink_status(file, error).type() == fs::file_type::not_found;
    if (fresh) RETURN_IF_ERROR(WriteFileAtomic(file, SkillText(skill)));
    written.push_back({file, fresh});
  }
  return written;
}

Result<Skill> ReviewSkill(const fs::path& knowledge, const std::string& name,
                          const std::string& reviewer,
                          const std::string& today) {
  ASSIGN_OR_RETURN(Skill skill, ReadSkill(knowledge, name));
  if (IsExpired(skill, today))
    return BadInput(format("{} has expired; a newer run can be distilled", name));
  skill.state = SkillState::kReviewed;
  skill.reviewer = CappedLine(reviewer, kMaxSkillField);
  skill.reviewed = today;
  if (skill.reviewer.empty()) return BadInput("a review needs a name");
  RETURN_IF_ERROR(Save(knowledge, skill));
  return skill;
}

Result<Skill> ExpireSkill(const fs::path& knowledge, const std::string& name) {
  ASSIGN_OR_RETURN(Skill skill, ReadSkill(knowledge, name));
  if (skill.state == SkillState::kExpired)
    return BadInput(format("{} is marked as expired already", name));
  skill.state = SkillState::kExpired;
  RETURN_IF_ERROR(Save(knowledge, skill));
  return skill;
}

}  // namespace kernelevolve
