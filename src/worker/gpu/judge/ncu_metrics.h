// The hardware metrics that a profile is made of, as Nsight Compute calls them.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve::worker::gpu {

struct NcuMetric {
  const char* metric;
  std::string_view name;  // of the DeviceCounter, or of what is waited for
  const char* unit = "%";
  bool sum = false;       // over kernels; else their mean, by time
  bool stall = false;     // one of the reasons why warps wait
  bool everywhere = true; // known to every device that ncu reads
};

// At most 30: more would cost more passes over every kernel.
const std::vector<NcuMetric>& NcuMetrics();

struct NcuRun {
  std::string program;
  std::string log;      // the file that takes the report
  bool cold = true;     // caches are emptied before each pass
  size_t skip = 0;      // kernels before the call: the plan's setup
  size_t kernels = 1;   // of the call
  bool everywhere_only = false;  // without metrics that a device may not know
};

// The start of an argument vector: the program to profile comes behind it.
std::vector<std::string> NcuArgv(const NcuRun& run);

}  // namespace kernelevolve::worker::gpu
