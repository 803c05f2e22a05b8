// What Nsight Compute printed, read. The text names kernels, so it is hostile:
// what makes no sense is skipped. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/device_profile.h"

namespace kernelevolve::worker::gpu {

// One launch.
struct MeasuredKernel {
  std::string name;  // mangled
  std::map<std::string, double> values;  // by metric; bytes, microseconds, …
};

struct NcuReport {
  std::vector<MeasuredKernel> kernels;  // in the order of their launches
  std::string fault;  // the first error it told of; "" if none
};

// Of --csv, one row per kernel (--page raw) or one per metric.
NcuReport ReadNcuReport(std::string_view text);

// Over all kernels; sets no shape. Shares of kernels are of the device's time.
DeviceProfile Summarize(const std::vector<MeasuredKernel>& kernels);

}  // namespace kernelevolve::worker::gpu
