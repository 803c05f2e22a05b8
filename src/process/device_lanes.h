// DeviceLane: a device's place in the queue for timing. Whoever measures on a
// device holds the lock of its lane, in whatever run of this user; on a GPU also
// the machine's lock of that name (process/machine_lock.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "process/nvidia_devices.h"

namespace kernelevolve {

struct DeviceLane {
  fs::path lock;
  std::optional<int> device;  // of a GPU: its index, for --device
};

// Of a target's device ("native", "sm_90") and its kind: one lane per GPU of
// that architecture. Without any, and for every other kind, one lane without an
// index. Locks lie in the user's cache folder.
Result<std::vector<DeviceLane>> FindLanes(const std::string& device,
                                          const std::string& device_kind,
                                          const StopCondition& stop);
std::vector<DeviceLane> LanesOf(const std::string& device,
                                const std::vector<NvidiaDevice>& devices,
                                const fs::path& folder);

}  // namespace kernelevolve
