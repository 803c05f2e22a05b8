// Facts of the machine that are read from files and one system call.
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <thread>

#include "base/fd.h"
#include "base/format.h"
#include "base/text.h"
#include "cli/doctor_checks.h"

namespace kernelevolve::cli {
namespace {

// First value of a key in a file of `key : value` lines.
std::string FieldOf(const std::string& text, std::string_view key) {
  for (const std::string_view line : Split(text, '\n')) {
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos && Trim(line.substr(0, colon)) == key)
      return std::string(Trim(line.substr(colon + 1)));
  }
  return "";
}

std::string VectorExtensions(const std::string& flags) {
  std::string found;
  for (const std::string_view flag : Split(flags, ' '))
    for (const std::string_view wanted : {"avx2", "fma", "avx512f", "amx_tile"})
      if (flag == wanted) found += format(" {}", wanted);
  return found.empty() ? " no AVX2" : found;
}

HealthFinding Processor() {
  const std::string text = ReadFile("/proc/cpuinfo").value_or("");
  return {"machine", "CPU", true,
          format("{}, {} cores,{}", FieldOf(text, "model name"),
                 std::thread::hardware_concurrency(),
                 VectorExtensions(FieldOf(text, "flags")))};
}

HealthFinding Cgroups() {
  const bool v2 = fs::exists("/sys/fs/cgroup/cgroup.controllers");
  const bool v1 = fs::exists("/sys/fs/cgroup/memory");
  return {"machine", "cgroups", v1 || v2,
          v2   ? "version 2"
          : v1 ? "version 1"
               : "neither version is mounted",
          "mount -t cgroup2 none /sys/fs/cgroup"};
}

bool CanCountInstructions() {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  const Fd counter(static_cast<int>(
      ::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0)));
  return static_cast<bool>(counter);
}

HealthFinding Counters() {
  const bool works = CanCountInstructions();
  const std::string paranoid(Trim(
      ReadFile("/proc/sys/kernel/perf_event_paranoid").value_or("absent")));
  constexpr int kUsersMayCount = 2;
  const bool forbidden = std::atoi(paranoid.c_str()) > kUsersMayCount;
  return {"machine", "performance counters", works,
          format("perf_event_paranoid is {}{}", paranoid,
                 works ? "" : "; profiles are coarser without them"),
          forbidden ? "sysctl kernel.perf_event_paranoid=2"
                    : "allowed, but this (virtual) processor offers none"};
}

HealthFinding DiskSpace() {
  std::error_code error;
  const fs::space_info space = fs::space(".", error);
  const double free_gib = error ? 0 : static_cast<double>(space.available) /
                                          (1024.0 * 1024 * 1024);
  return {"machine", "disk", free_gib >= 0.25,
          format("{:.1f} GiB free here", free_gib),
          "free some space, or put runs elsewhere with --run DIR"};
}

HealthFinding Nvidia() {
  const std::string version =
      ReadFile("/proc/driver/nvidia/version").value_or("");
  const std::string_view line = Split(version, '\n').front();
  return {"devices", "NVIDIA GPU", !version.empty(),
          version.empty() ? "no driver loaded" : std::string(Trim(line)),
          "needs an NVIDIA GPU with its driver; the CPU target works without"};
}

}  // namespace

HealthFindings CheckMachine() {
  return {Processor(), Cgroups(), Counters(), DiskSpace()};
}

HealthFindings CheckDevices() { return {Nvidia()}; }

}  // namespace kernelevolve::cli
