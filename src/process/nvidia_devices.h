// The NVIDIA devices of this machine, found without linking or loading device
// code: what nvidia-smi says, else what the driver shows under /proc.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/stop.h"

namespace kernelevolve {

struct NvidiaDevice {
  int index = 0;     // as the driver counts those that are visible
  std::string arch;  // "sm_90"; "" where nobody says
  std::string uuid;
  std::string name;  // hostile as any tool's text: sanitised
};

// Where to look; the defaults are this machine's.
struct NvidiaPlaces {
  std::vector<std::string> program = {"nvidia-smi"};
  fs::path driver = "/proc/driver/nvidia";
  // CUDA_VISIBLE_DEVICES: numbers or identifiers; nullptr: all are visible.
  const char* visible = nullptr;
};

// Empty without a driver or a device. kInfrastructure: nvidia-smi fails or does
// not answer. kBadInput where slices of a device are asked for.
Result<std::vector<NvidiaDevice>> FindNvidiaDevices(const NvidiaPlaces& places,
                                                    const StopCondition& stop);
// On this machine, of what CUDA_VISIBLE_DEVICES leaves.
Result<std::vector<NvidiaDevice>> FindNvidiaDevices(const StopCondition& stop);

}  // namespace kernelevolve
