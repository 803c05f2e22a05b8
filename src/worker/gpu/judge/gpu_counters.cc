#include "worker/gpu/judge/gpu_counters.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "worker/gpu/judge/cuda_tools.h"
#include "worker/gpu/judge/ncu_metrics.h"
#include "worker/gpu/judge/ncu_report.h"

namespace kernelevolve::worker::gpu {
namespace {

// Every kernel runs once for each group of counters.
constexpr std::chrono::seconds kCallLimit{60};
constexpr std::chrono::seconds kReportLimit{30};
constexpr uint64_t kReportBytes = 16 << 20;

size_t Launches(const std::vector<PlanOp>& ops) {
  return static_cast<size_t>(
      std::count_if(ops.begin(), ops.end(), [](const PlanOp& op) {
        return std::holds_alternative<LaunchOp>(op);
      }));
}

// What went wrong with the call itself; "" if nothing did.
std::string CallOnce(const CountedCall& call, const std::vector<std::string>& argv) {
  auto launcher = call.launchers.StartWrapped(argv, call.memory);
  if (!launcher) return launcher.error().message;
  const auto run = [&]() -> Verdictless {
    RETURN_IF_FAILED(BindOwn({**launcher, call.task, call.shape, call.plan,
                              call.modules}, call.memory));
    double ignored = 0;
    return (*launcher)->Run(kCallLimit, &ignored);
  };
  const auto outcome = run();
  (*launcher)->Quit(kReportLimit);
  if (!outcome) return outcome.error().message;
  return *outcome ? (*outcome)->message : "";
}

Result<NcuReport> Attempt(const CountedCall& call, NcuRun run) {
  ASSIGN_OR_RETURN(const TempFolder folder, TempFolder::Create("counters"));
  run.log = (folder.path() / "report").string();
  const std::string trouble = CallOnce(call, NcuArgv(run));
  const auto text = ReadFile(run.log, kReportBytes);
  NcuReport report = ReadNcuReport(text ? std::string_view(*text) : "");
  if (report.fault.empty()) report.fault = trouble;
  return report;
}

}  // namespace

Result<DeviceProfile> CountCall(const CountedCall& call) {
  NcuRun run;
  ASSIGN_OR_RETURN(run.program, FindCudaTool("ncu"));
  run.cold = call.task.objective.cold_cache;
  run.skip = Launches(call.plan.setup);
  run.kernels = Launches(call.plan.run);
  if (run.kernels == 0) return Missing("the call launches no kernel");
  ASSIGN_OR_RETURN(NcuReport report, Attempt(call, run));
  // A name that this device does not know makes the tool refuse all.
  if (report.kernels.empty() &&
      report.fault.find("metric") != std::string::npos) {
    run.everywhere_only = true;
    ASSIGN_OR_RETURN(report, Attempt(call, run));
  }
  if (report.kernels.empty())
    return Missing(report.fault.empty() ? "ncu profiled no kernel"
                                        : "ncu: " + report.fault);
  DeviceProfile device = Summarize(report.kernels);
  device.shape = call.shape.name;
  return device;
}

}  // namespace kernelevolve::worker::gpu
