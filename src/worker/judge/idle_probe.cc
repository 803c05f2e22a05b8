#include "worker/judge/idle_probe.h"

#include "base/format.h"

namespace kernelevolve::worker {

Verdictless ProbeIdle(Session& session, const CheckSet& checks) {
  constexpr auto kWindow = std::chrono::milliseconds(6);
  if (checks.on(Check::kIdleCpu)) {
    ASSIGN_OR_RETURN(const auto used, session.process().IdleCpuTime(kWindow));
    if (used > kWindow / 4)
      return Failure{Code::kAsyncEscape,
                     format("used {:.1f} ms of CPU time in {} ms in which no call "
                            "was in progress",
                            std::chrono::duration<double, std::milli>(used).count(),
                            kWindow.count()), "idle_cpu", ""};
  }
  if (checks.on(Check::kTaskCount)) {
    constexpr int kMaxThreads = 64;
    ASSIGN_OR_RETURN(const int tasks, session.process().TaskCount());
    if (tasks > kMaxThreads)
      return Failure{Code::kResource, format("{} threads are alive; at most {} are "
                     "allowed", tasks, kMaxThreads), "task_count", ""};
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker
