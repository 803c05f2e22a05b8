// kernelevolve doctor
#include "base/format.h"
#include "cli/commands.h"
#include "cli/doctor_checks.h"
#include "cli/exit_code.h"
#include "cli/flags.h"

namespace kernelevolve::cli {
namespace {

HealthFindings CheckAll(const StopCondition& stop) {
  HealthFindings all;
  const auto add = [&](HealthFindings findings) {
    for (HealthFinding& finding : findings) all.push_back(std::move(finding));
  };
  add(CheckMachine());
  add(CheckToolchains(stop));
  add(CheckBaselineLibraries(stop));
  add(CheckPython(stop));
  add(CheckDevices());
  add(CheckModels());
  add(CheckSandbox(stop));
  return all;
}

}  // namespace

Result<int> RunDoctor(const Arguments& arguments, Session& session) {
  bool json = false;
  Flags flags({"kernelevolve doctor",
               "what this machine has and lacks, and how to get it", "[--json]",
               "kernelevolve doctor"});
  flags.Switch("--json", json, "one object per finding");
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  const HealthFindings findings = CheckAll(session.stop);
  const bool can_run = CanRun(findings);
  if (json) {
    for (const HealthFinding& finding : findings)
      session.console.Out(DumpJson(HealthJson(finding)) + "\n");
    return can_run ? kDone : kMissingHere;
  }
  session.console.Out(HealthText(WithWorkingLayersAsOne(findings)));
  session.console.Out(can_run
                          ? "\nReady: kernelevolve optimize works here for "
                            "cpp@native.\n"
                          : "\nNot ready: kernelevolve optimize needs what is "
                            "MISSING above.\n");
  return can_run ? kDone : kMissingHere;
}

}  // namespace kernelevolve::cli
