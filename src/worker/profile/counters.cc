#include "worker/profile/counters.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker {
namespace {

constexpr uint64_t CacheReadMisses(uint64_t cache) {
  return cache | PERF_COUNT_HW_CACHE_OP_READ << 8 |
         PERF_COUNT_HW_CACHE_RESULT_MISS << 16;
}

Fd OpenCounter(pid_t pid, const CounterSpec& spec) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = spec.type;
  attributes.config = spec.config;
  attributes.disabled = 1;
  attributes.inherit = 1;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  attributes.read_format =
      PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return Fd(static_cast<int>(syscall(SYS_perf_event_open, &attributes, pid, -1,
                                     -1, PERF_FLAG_FD_CLOEXEC)));
}

}  // namespace

const std::vector<CounterSpec>& HardwareCounters() {
  static const std::vector<CounterSpec> counters = {
      {"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
      {"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
      {"L1 misses", PERF_TYPE_HW_CACHE,
       CacheReadMisses(PERF_COUNT_HW_CACHE_L1D)},
      {"LLC misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
      {"dTLB misses", PERF_TYPE_HW_CACHE,
       CacheReadMisses(PERF_COUNT_HW_CACHE_DTLB)},
      {"branch misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES}};
  return counters;
}

std::string PerfEventParanoid() {
  const auto text = ReadFile("/proc/sys/kernel/perf_event_paranoid");
  return text ? std::string(Trim(*text)) : "absent";
}

std::string ExplainRefusal(int error, const std::string& paranoid) {
  switch (error) {
    case ENOENT:
    case EOPNOTSUPP:
    case ENODEV:
      return format("this machine offers none ({}; usual in a virtual machine)",
                    error == ENOENT ? "ENOENT" : std::strerror(error));
    case EACCES:
    case EPERM:
      return format(
          "not permitted (kernel.perf_event_paranoid is {}; 2 or less "
          "permits it)",
          Sanitize(paranoid, 20));
    case ENOSYS:
      return "the system has no perf_event_open (ENOSYS)";
    default:
      return std::strerror(error);
  }
}

Counters Counters::Open(pid_t pid, const std::vector<CounterSpec>& wanted,
                        int* refusal) {
  Counters counters;
  *refusal = 0;
  for (const CounterSpec& spec : wanted) {
    Fd fd = OpenCounter(pid, spec);
    if (fd)
      counters.open_.push_back({spec.name, std::move(fd)});
    else if (*refusal == 0)
      *refusal = errno;
  }
  return counters;
}

void Counters::Start() {
  for (const Counter& counter : open_)
    ioctl(counter.fd.get(), PERF_EVENT_IOC_ENABLE, 0);
}

void Counters::Stop() {
  for (const Counter& counter : open_)
    ioctl(counter.fd.get(), PERF_EVENT_IOC_DISABLE, 0);
}

std::vector<Counters::Value> Counters::Read() const {
  std::vector<Value> values;
  for (const Counter& counter : open_) {
    struct {
      uint64_t count, enabled, running;
    } read{};
    if (::read(counter.fd.get(), &read, sizeof read) != sizeof read ||
        read.running == 0)
      continue;
    values.push_back({counter.name, static_cast<double>(read.count) *
                                        static_cast<double>(read.enabled) /
                                        static_cast<double>(read.running)});
  }
  return values;
}

}  // namespace kernelevolve::worker
