// kernelevolve kb skills distil
#include "base/format.h"
#include "base/json.h"
#include "cli/arguments.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/kb.h"
#include "cli/kb_skills.h"
#include "cli/units.h"
#include "engine/distil.h"
#include "knowledge/skills/calendar.h"

namespace kernelevolve::cli {

Result<std::vector<WrittenSkill>> DistilInto(const fs::path& run_folder,
                                             const fs::path& data,
                                             const fs::path& skills,
                                             const Clock& clock) {
  ASSIGN_OR_RETURN(const FinishedRun run, ReadRun(run_folder, data));
  // What may go on has not yet said what stands.
  if (run.record.state != "done")
    return BadInput(format("{} is {}; what is distilled is a finished run",
                           ShownPath(run_folder.string()), run.record.state));
  return WriteSkills(Distil(run, DayOf(clock.WallSeconds())), skills);
}

std::string WrittenSkillsText(const std::vector<WrittenSkill>& written,
                              bool json) {
  if (written.empty() && !json)
    return "No skill was written: the run's kernels hold no lesson that is sure "
           "enough to keep.\n";
  std::string text;
  for (const WrittenSkill& skill : written) {
    const std::string shown = ShownPath(skill.file.string());
    if (json)
      text += DumpJson({{"skill", skill.file.stem().string()},
                        {"file", skill.file.string()},
                        {"written", skill.fresh}}) +
              "\n";
    else
      text += skill.fresh ? format("Wrote {}\n", shown)
                          : format("{} is there already\n", shown);
  }
  if (!written.empty() && !json)
    text += "Next: read them; kernelevolve kb skills review NAME --by WHO lets "
            "prompts tell one.\n";
  return text;
}

fs::path SkillsFolderOf(const std::string& flag, const fs::path& data) {
  return flag == "default" ? data / "knowledge" / kSkillsFolder
                           : fs::path(flag);
}

Result<int> RunKbSkillsDistil(const Arguments& arguments, Session& session) {
  std::string run_name, data;
  bool json = false;
  Flags flags({"kernelevolve kb skills distil", "write down what a run taught",
               "RUN [--json] [--data DIR]",
               "kernelevolve kb skills distil runs/softmax-20261128-120000"});
  flags.Positional("RUN", run_name, "a finished run's folder, or its name");
  flags.Switch("--json", json, "one object per skill");
  flags.Text("--data", "DIR", data, kDataHelp);
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(const fs::path folder, KnowledgeDataFolder(data));
  ASSIGN_OR_RETURN(const RunReference reference, ParseRunReference(run_name));
  ASSIGN_OR_RETURN(const std::vector<WrittenSkill> written,
                   DistilInto(reference.folder, folder,
                              SkillsFolderOf("default", folder),
                              session.clock));
  session.console.Out(WrittenSkillsText(written, json));
  return written.empty() ? kNothing : kDone;
}

}  // namespace kernelevolve::cli
