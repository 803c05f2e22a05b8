// kernelevolve kb skills review | expire
#include "base/format.h"
#include "base/text.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/kb.h"
#include "cli/kb_skills.h"
#include "knowledge/skills/calendar.h"
#include "knowledge/skills/skill_files.h"
#include "knowledge/skills/skill_text.h"

namespace kernelevolve::cli {
namespace {

struct Options {
  std::string name, reviewer, data;
  bool json = false;
};

void AddCommonFlags(Flags& flags, Options& options) {
  flags.Positional("NAME", options.name, "as kb skills list shows it");
  flags.Switch("--json", options.json, "the skill as one object");
  flags.Text("--data", "DIR", options.data, kDataHelp);
}

Result<fs::path> KnowledgeOf(const Options& options) {
  ASSIGN_OR_RETURN(const fs::path data, KnowledgeDataFolder(options.data));
  return data / "knowledge";
}

}  // namespace

Result<int> RunKbSkillsReview(const Arguments& arguments, Session& session) {
  Options options;
  Flags flags({"kernelevolve kb skills review",
               "let the prompts of later runs tell a skill",
               "NAME --by WHO [--json] [--data DIR]",
               "kernelevolve kb skills review softmax_won_1f2e3d4c --by "
               "\"A. Reader\""});
  AddCommonFlags(flags, options);
  flags.Text("--by", "WHO", options.reviewer, "who has read it");
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  if (Trim(options.reviewer).empty())
    return BadInput("--by: say who has read it");
  ASSIGN_OR_RETURN(const fs::path knowledge, KnowledgeOf(options));
  const std::string today = DayOf(session.clock.WallSeconds());
  ASSIGN_OR_RETURN(
      const Skill skill,
      ReviewSkill(knowledge, options.name, options.reviewer, today));
  session.console.Out(
      options.json
          ? SkillJson(skill, today)
          : format("{}: reviewed by {}; prompts may tell it until {}\n",
                   skill.name(), CappedLine(skill.reviewer, 200),
                   skill.expires));
  return kDone;
}

Result<int> RunKbSkillsExpire(const Arguments& arguments, Session& session) {
  Options options;
  Flags flags({"kernelevolve kb skills expire",
               "keep a skill out of every prompt from now on",
               "NAME [--json] [--data DIR]",
               "kernelevolve kb skills expire softmax_won_1f2e3d4c"});
  AddCommonFlags(flags, options);
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(const fs::path knowledge, KnowledgeOf(options));
  ASSIGN_OR_RETURN(const Skill skill, ExpireSkill(knowledge, options.name));
  session.console.Out(options.json
                          ? SkillJson(skill, DayOf(session.clock.WallSeconds()))
                          : format("{}: expired; no prompt tells it\n",
                                   skill.name()));
  return kDone;
}

}  // namespace kernelevolve::cli
