#include "worker/run/death.h"

#include <signal.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker {
namespace {

std::string SignalName(int signal) {
  const char* name = sigabbrev_np(signal);
  return name ? format("SIG{}", name) : format("signal {}", signal);
}

Failure Make(Code code, std::string message, std::string check) {
  return Failure{code, std::move(message), std::move(check), ""};
}

// Offset of `address` within a guarded mapping at `base`, or -1 if outside.
int64_t OffsetWithin(uint64_t address, uint64_t base, const Placement& place) {
  const uint64_t size = place.mapped_bytes + 2 * kGuardBytes;
  if (base == 0 || address < base || address >= base + size) return -1;
  return static_cast<int64_t>(address - base);
}

Failure ExplainOffset(int64_t offset, const Placement& place,
                      const std::string& tensor, const FaultSite& site) {
  const int64_t payload =
      offset - static_cast<int64_t>(kGuardBytes + place.offset);
  const int64_t past = payload - static_cast<int64_t>(place.bytes) + 1;
  if (payload < 0 || past > 0)
    return Make(Code::kOob,
                format("{} {} {} of {} (the first byte that faulted)",
                       site.was_write ? "wrote" : "read",
                       Counted(payload < 0 ? -payload : past, "byte"),
                       payload < 0 ? "before the start" : "past the end", tensor),
                "guard_pages");
  if (site.was_write)
    return Make(Code::kInputMutated, format("wrote to {}, which is read-only", tensor),
                "read_only_inputs");
  return Make(Code::kCrash, format("fault inside {}", tensor), "crash");
}

constexpr std::chrono::seconds kOnItsWayOut{5};

}  // namespace

bool IsOpen(int channel) {
  char byte;
  const ssize_t got = recv(channel, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got > 0 || (got < 0 && errno == EAGAIN);
}

ExitReport AwaitEnd(Sandboxed& process, int channel,
                    std::chrono::milliseconds silent) {
  return process.Wait(IsOpen(channel) ? silent : kOnItsWayOut);
}

Failure ExplainExit(const ExitReport& report, const std::string& during) {
  if (report.limit == "memory")
    return Make(Code::kResource, "used more memory than the limit " + during,
                "resource_limits");
  if (report.limit == "tasks")
    return Make(Code::kResource,
                "started more threads or processes than the limit " + during,
                "resource_limits");
  if (report.limit == "cpu time")
    return Make(Code::kTimeout, "used more CPU time than the limit " + during,
                "timeout");
  if (report.timed_out)
    return Make(Code::kTimeout, "did not return " + during, "timeout");
  if (report.exited)
    return Make(Code::kEarlyExit,
                format("the process exited with code {} {}", report.exit_code,
                       during),
                "early_exit");
  if (report.signal == SIGSYS)
    return Make(Code::kSandbox,
                "made a system call that only an attack needs " + during,
                "seccomp");
  if (report.signal == SIGXFSZ)
    return Make(Code::kResource, "wrote a file beyond the limit " + during,
                "resource_limits");
  return Make(Code::kCrash,
              format("died of {} {}", SignalName(report.signal), during), "crash");
}

Failure ExplainMemoryFault(const FaultSite& site, const Binding& binding,
                           const std::vector<uint64_t>& bases,
                           uint64_t workspace_base, const Placement& workspace,
                           const std::string& during) {
  const bool is_memory = site.signal == SIGSEGV || site.signal == SIGBUS;
  int input = 0, output = 0;
  for (size_t i = 0; is_memory && i < bases.size() && i < binding.tensors.size();
       ++i) {
    const TensorBinding& tensor = binding.tensors[i];
    const std::string name = tensor.output ? format("output {}", output++)
                                           : format("input {}", input++);
    const int64_t offset = OffsetWithin(site.address, bases[i], tensor.place);
    if (offset >= 0) return ExplainOffset(offset, tensor.place, name, site);
  }
  if (is_memory) {
    const int64_t offset = OffsetWithin(site.address, workspace_base, workspace);
    if (offset >= 0) return ExplainOffset(offset, workspace, "the workspace", site);
  }
  return Make(Code::kCrash,
              format("died of {} {}{}", SignalName(site.signal), during,
                     is_memory ? format(" (address {:#x})", site.address) : ""),
              "crash");
}

}  // namespace kernelevolve::worker
