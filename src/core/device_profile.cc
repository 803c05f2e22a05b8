#include "core/device_profile.h"

#include <algorithm>

namespace kernelevolve {

int KernelProfile::count(std::string_view kind) const {
  for (const InstructionCount& one : instructions)
    if (one.name == kind) return one.count;
  return 0;
}

std::optional<double> DeviceProfile::counter(std::string_view name) const {
  for (const DeviceCounter& counter : counters)
    if (counter.name == name) return counter.value;
  return std::nullopt;
}

int DeviceProfile::count(std::string_view kind) const {
  int all = 0;
  for (const KernelProfile& kernel : kernels) all += kernel.count(kind);
  return all;
}

double DeviceProfile::least_occupancy() const {
  double least = 1;
  for (const KernelProfile& kernel : kernels)
    least = std::min(least, kernel.occupancy);
  return least;
}

}  // namespace kernelevolve
