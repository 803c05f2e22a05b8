// kernelevolve verify
#include "engine/verify.h"

#include <map>

#include "base/format.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/units.h"
#include "cli/verify_text.h"
#include "cli/workers.h"
#include "engine/machine_here.h"

namespace kernelevolve::cli {
namespace {

struct VerifyFlags {
  std::string path, stage;
  bool all = false, json = false, unsafe = false;
};

Flags MakeFlags(VerifyFlags& options) {
  Flags flags({"kernelevolve verify",
               "judge stored results and exported kernels again, here and now",
               "PATH [flags]",
               "kernelevolve verify fast_softmax\n"
               "kernelevolve verify --all results"});
  flags.Positional("PATH", options.path,
                   "an exported folder, or a file of evaluate --json");
  flags.Switch("--all", options.all, "every one of either kind below PATH");
  flags.Text("--stage", "S", options.stage,
             "search (a quick look), confirm or final instead of each one's own");
  flags.Switch("--json", options.json, "one object per result, and only that");
  flags.Switch("--unsafe-no-sandbox", options.unsafe,
               "run kernels with your own rights");
  return flags;
}

// Workers for each target that comes up, kept to the end.
class Judges {
 public:
  Judges(bool unsafe, Session& session) : unsafe_(unsafe), session_(session) {}

  Result<std::optional<JudgeHere>> For(const Target& target) {
    auto known = judges_.find(target.device);
    if (known == judges_.end())
      known = judges_.emplace(target.device, Start(target)).first;
    if (!known->second) return Fail(known->second.error());
    const std::optional<Judge>& judge = *known->second;
    if (!judge) return std::nullopt;
    return JudgeHere{judge->workers.pool.get(), judge->machine};
  }

 private:
  struct Judge {
    Workers workers;
    MachineRecord machine;
  };
  Result<std::optional<Judge>> Start(const Target& target) {
    ASSIGN_OR_RETURN(const bool here, HasDeviceOf(target, session_.stop));
    if (!here) return std::nullopt;
    ASSIGN_OR_RETURN(Workers workers,
                     StartWorkers(target, {1, unsafe_}, session_));
    MachineRecord machine = DescribeMachine(workers.pool->hello(),
                                            target.device_kind, session_.stop);
    return Judge{std::move(workers), std::move(machine)};
  }

  const bool unsafe_;
  Session& session_;
  // By device. What did not start does not either for the next result.
  std::map<std::string, Result<std::optional<Judge>>> judges_;
};

Result<std::optional<Stage>> StageOf(const std::string& name) {
  if (name.empty()) return std::optional<Stage>();
  const std::optional<Stage> stage = ParseStage(name);
  if (!stage)
    return BadInput(format("--stage: found '{}', expected search, confirm or "
                           "final", name));
  return stage;
}

// A single result that could not be judged is an error like any other.
Status CheckJudged(const VerifyReport& report) {
  const std::string text =
      format("{}: {}", ShownPath(report.name), report.comparison.reason);
  switch (report.comparison.outcome) {
    case Outcome::kUnreadable: return BadInput(text);
    case Outcome::kNotRun: return Missing(text);
    case Outcome::kJudgeFailed:
      return report.today ? Status() : Broken(text);
    default: return {};
  }
}

Result<std::vector<VerifyReport>> VerifyAll(
    const std::vector<FoundResult>& found, const VerifyFlags& flags,
    const VerifyOptions& options, Session& session) {
  Judges judges(flags.unsafe, session);
  const FindJudge find_judge = [&](const Target& t) { return judges.For(t); };
  std::vector<VerifyReport> reports;
  for (const FoundResult& result : found) {
    if (session.console.interactive() && !flags.json)
      session.console.Err(format("[{}/{}] {} ...\n", reports.size() + 1,
                                 found.size(), Sanitize(result.name(), 300)));
    ASSIGN_OR_RETURN(reports.emplace_back(),
                     Verify(result, options, find_judge, session.stop));
    const VerifyReport& report = reports.back();
    const bool single = found.size() == 1 && !flags.all;
    if (single) RETURN_IF_ERROR(CheckJudged(report));
    session.console.Out(flags.json ? DumpJson(VerifyJson(report)) + "\n"
                                   : VerifyText(report, single));
  }
  return reports;
}

}  // namespace

Result<int> RunVerify(const Arguments& arguments, Session& session) {
  VerifyFlags given;
  Flags flags = MakeFlags(given);
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  VerifyOptions options;
  ASSIGN_OR_RETURN(options.stage, StageOf(given.stage));
  ASSIGN_OR_RETURN(options.data, DataFolder());
  ASSIGN_OR_RETURN(const std::vector<FoundResult> found,
                   FindStoredResults(given.path, given.all, session.stop));
  ASSIGN_OR_RETURN(const std::vector<VerifyReport> reports,
                   VerifyAll(found, given, options, session));
  if ((reports.size() > 1 || given.all) && !given.json)
    session.console.Out(VerifySummary(reports));
  return VerifyExitCode(reports);
}

}  // namespace kernelevolve::cli
