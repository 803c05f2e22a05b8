// kernelevolve kb skills list | review | expire | distil
#include "cli/kb_skills.h"

#include "base/format.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/kb.h"
#include "knowledge/skills/calendar.h"
#include "knowledge/skills/skill_index.h"
#include "knowledge/skills/skill_text.h"

namespace kernelevolve::cli {
namespace {

struct Word {
  const char* name;
  const char* takes;
  const char* summary;
  Result<int> (*run)(const Arguments& arguments, Session& session);
};

const std::vector<Word>& Words() {
  static const std::vector<Word> kWords = {
      {"list", "", "the skills, and who has reviewed them", RunKbSkillsList},
      {"review", "NAME --by WHO", "let prompts tell one", RunKbSkillsReview},
      {"expire", "NAME", "never tell it again", RunKbSkillsExpire},
      {"distil", "RUN", "write down what a run taught", RunKbSkillsDistil},
  };
  return kWords;
}

std::string SkillsHelp() {
  std::string text = "kernelevolve kb skills: what finished runs taught\n\n";
  for (const Word& word : Words())
    text += format("  {:<20}  {}\n", format("{} {}", word.name, word.takes),
                   word.summary);
  return text +
         "\nkernelevolve kb skills WORD --help explains one; docs/knowledge.md "
         "describes a skill.\n\nExample:\n"
         "  kernelevolve kb skills list\n";
}

std::string ShownState(const Skill& skill, const std::string& today) {
  return std::string(
      SkillStateName(IsExpired(skill, today) ? SkillState::kExpired
                                             : skill.state));
}

std::string SkillLines(const Skill& skill, const std::string& today) {
  return format("  {}  {}, until {}\n    {}. {}\n    {}\n",
                CappedLine(skill.name(), 100), ShownState(skill, today),
                skill.expires, CappedLine(skill.document.title, 320),
                CappedLine(skill.document.summary, 640), ProvenanceText(skill));
}

void Print(const SkillIndex& index, const std::string& today, bool json,
           Console& console) {
  for (const Skill& skill : index.skills())
    console.Out(json ? SkillJson(skill, today) : SkillLines(skill, today));
  if (json) return;
  for (const Diagnostic& problem : index.problems())
    console.Out(CappedLine("knowledge/" + problem.ToString(), 2000) + "\n");
  if (index.skills().empty() && index.problems().empty())
    console.Out("No skills; kernelevolve kb skills distil RUN writes some.\n");
}

}  // namespace

std::string SkillJson(const Skill& skill, const std::string& today) {
  Json line;
  line["skill"] = skill.name();
  line["state"] = ShownState(skill, today);
  line["title"] = skill.document.title;
  line["summary"] = skill.document.summary;
  line["run"] = skill.run;
  line["task"] = skill.task;
  line["operator"] = skill.operator_family;
  line["target"] = skill.target;
  line["device"] = skill.device;
  line["created"] = skill.created;
  line["expires"] = skill.expires;
  line["reviewer"] = skill.reviewer;
  line["reviewed"] = skill.reviewed;
  for (const SkillEvidence& evidence : skill.evidence) {
    Json entry;
    entry["node"] = evidence.node;
    entry["stage"] = StageName(evidence.stage);
    entry["code"] = CodeName(evidence.code);
    if (evidence.code == Code::kOk) {
      entry["speedup"] = evidence.speedup;
      entry["interval"] = evidence.interval;
    }
    line["evidence"].push_back(std::move(entry));
  }
  return DumpJson(line) + "\n";
}

Result<int> RunKbSkillsList(const Arguments& arguments, Session& session) {
  std::string data;
  bool json = false;
  Flags flags({"kernelevolve kb skills list",
               "the skills, and who has reviewed them", "[--json] [--data DIR]",
               "kernelevolve kb skills list"});
  flags.Switch("--json", json, "one object per skill");
  flags.Text("--data", "DIR", data, kDataHelp);
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(const fs::path folder, KnowledgeDataFolder(data));
  ASSIGN_OR_RETURN(const SkillIndex index,
                   SkillIndex::Load(folder / "knowledge"));
  Print(index, DayOf(session.clock.WallSeconds()), json, session.console);
  return index.problems().empty() ? kDone : kNothing;
}

Result<int> RunKbSkills(const Arguments& arguments, Session& session) {
  const std::string name = arguments.empty() ? "" : arguments.front();
  if (name == "--help" || name == "-h")
    return session.console.Out(SkillsHelp()), kDone;
  std::vector<std::string> names;
  for (const Word& word : Words()) {
    if (name == word.name)
      return word.run({arguments.begin() + 1, arguments.end()}, session);
    names.emplace_back(word.name);
  }
  const std::string near = Nearest(name, names);
  return BadInput(format("kb skills: found '{}', expected one of {}{}", name,
                         Join(names, ", "),
                         near.empty() ? "" : "; did you mean " + near + "?"));
}

}  // namespace kernelevolve::cli
