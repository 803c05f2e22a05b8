// kernelevolve verify
#include "engine/verify.h"

#include "base/format.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/evaluation_text.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/units.h"
#include "cli/workers.h"
#include "core/evaluation_json.h"

namespace kernelevolve::cli {
namespace {

Json ReportJson(const VerifyReport& report) {
  Json json;
  json["ok"] = report.ok();
  json["conclusion"] = report.conclusion;
  json["task"] = report.task;
  json["target"] = report.target;
  json["recorded_speedup"] = report.recorded_speedup;
  json["recorded_ci"] = report.recorded_ci;
  json["recorded_device"] = report.recorded_device;
  json["recorded_toolchain"] = report.recorded_toolchain;
  json["evaluation"] = ToJson(report.evaluation);
  return json;
}

std::string ReportText(const VerifyReport& report) {
  return format("{}: {} on {}\n  recorded: {} {} on {}, {}\n",
                report.ok() ? "ok" : "NOT OK", report.task, report.target,
                SpeedupText(report.recorded_speedup),
                IntervalText(report.recorded_ci),
                Sanitize(report.recorded_device, 200),
                Sanitize(report.recorded_toolchain, 200)) +
         EvaluationText(report.evaluation, "now",
                        {.show_search_hint = false}) +
         Sanitize(report.conclusion, 1000) + "\n";
}

}  // namespace

Result<int> RunVerify(const Arguments& arguments, Session& session) {
  std::string folder;
  bool json = false, unsafe = false;
  Flags flags({"kernelevolve verify",
               "judge an exported kernel again, here and now", "DIR [flags]",
               "kernelevolve verify fast_softmax"});
  flags.Positional("DIR", folder, "what kernelevolve export made");
  flags.Switch("--json", json, "as one object");
  flags.Switch("--unsafe-no-sandbox", unsafe,
               "run the kernel with your own rights");
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(const std::string target_name, ExportedTargetName(folder));
  ASSIGN_OR_RETURN(const fs::path data, DataFolder());
  ASSIGN_OR_RETURN(const Target target, FindTarget(target_name, data));
  ASSIGN_OR_RETURN(Workers workers, StartWorkers(target, {1, unsafe}, session));
  ASSIGN_OR_RETURN(
      const VerifyReport report,
      VerifyExport(folder, data, *workers.pool, session.stop));
  session.console.Out(json ? DumpJson(ReportJson(report)) + "\n"
                           : ReportText(report));
  return report.ok() ? kDone : kNothing;
}

}  // namespace kernelevolve::cli
