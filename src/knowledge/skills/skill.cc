#include "knowledge/skills/skill.h"

#include "base/file.h"

namespace kernelevolve {

std::string_view SkillStateName(SkillState state) {
  switch (state) {
    case SkillState::kProposed: return "proposed";
    case SkillState::kReviewed: return "reviewed";
    case SkillState::kExpired: return "expired";
  }
  return "";
}

std::optional<SkillState> ParseSkillState(std::string_view name) {
  for (const SkillState state :
       {SkillState::kProposed, SkillState::kReviewed, SkillState::kExpired})
    if (name == SkillStateName(state)) return state;
  return std::nullopt;
}

std::string Skill::name() const {
  return fs::path(document.path).stem().string();
}

bool IsExpired(const Skill& skill, const std::string& today) {
  return skill.state == SkillState::kExpired || skill.expires < today;
}

}  // namespace kernelevolve
