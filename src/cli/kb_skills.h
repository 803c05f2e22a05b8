// The words of `kernelevolve kb skills`, and what `optimize` needs of them.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "cli/session.h"
#include "knowledge/skills/skill.h"
#include "knowledge/skills/skill_files.h"

namespace kernelevolve::cli {

Result<int> RunKbSkillsList(const Arguments& arguments, Session& session);
Result<int> RunKbSkillsReview(const Arguments& arguments, Session& session);
Result<int> RunKbSkillsExpire(const Arguments& arguments, Session& session);
Result<int> RunKbSkillsDistil(const Arguments& arguments, Session& session);

// One object, as list and the words that change a skill print it.
std::string SkillJson(const Skill& skill, const std::string& today);

// What the run in `run_folder` taught, as files in `skills`. kBadInput unless
// it is done.
Result<std::vector<WrittenSkill>> DistilInto(const fs::path& run_folder,
                                             const fs::path& data,
                                             const fs::path& skills,
                                             const Clock& clock);
// Text, or one object a line.
std::string WrittenSkillsText(const std::vector<WrittenSkill>& written,
                              bool json);

// Of `optimize --write-skills`: DIR, or for "default" the knowledge base's own.
fs::path SkillsFolderOf(const std::string& flag, const fs::path& data);

}  // namespace kernelevolve::cli
