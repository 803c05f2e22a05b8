// What --target says, as targets.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/target_set.h"
#include "process/nvidia_devices.h"

namespace kernelevolve {

// Asked only where a target needs it.
using DeviceProbe = std::function<Result<std::vector<NvidiaDevice>>()>;

// `names` is one target or several with commas between. `native` with a GPU's
// language is this machine's device. kBadInput: an unknown name, or several
// devices; kMissing: no device here that `native` could be.
Result<TargetSet> FindTargets(const std::string& names, const fs::path& data,
                              const DeviceProbe& probe);
// With the devices of this machine.
Result<TargetSet> FindTargets(const std::string& names, const fs::path& data);

}  // namespace kernelevolve
