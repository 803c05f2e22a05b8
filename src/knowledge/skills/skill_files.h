// Skills on disk: new ones, and what a person decides about them.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "knowledge/skills/skill.h"

namespace kernelevolve {

struct WrittenSkill {
  fs::path file;
  bool fresh = false;  // false: it was there, and stays as it is
};

// Each as `folder`/NAME.md. One that is there is never replaced: a person may
// have decided on it.
Result<std::vector<WrittenSkill>> WriteSkills(const std::vector<Skill>& skills,
                                              const fs::path& folder);

// Both read knowledge/skills/NAME.md, change its state and write it whole.
// kBadInput for an unknown name, and for one that is expired already.
Result<Skill> ReviewSkill(const fs::path& knowledge, const std::string& name,
                          const std::string& reviewer,
                          const std::string& today);
Result<Skill> ExpireSkill(const fs::path& knowledge, const std::string& name);

}  // namespace kernelevolve
