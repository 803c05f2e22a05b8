#include "process/device_lanes.h"

#include <cctype>

#include "base/format.h"

namespace kernelevolve {
namespace {

// What may stand in the name of a file.
std::string FileWord(const std::string& text) {
  std::string word;
  for (const char c : text)
    word += std::isalnum(static_cast<unsigned char>(c)) || c == '-' ? c : '_';
  return word;
}

fs::path LockFile(const fs::path& folder, const std::string& word) {
  return folder / format("lane-{}.lock", FileWord(word));
}

}  // namespace

std::vector<DeviceLane> LanesOf(const std::string& device,
                                const std::vector<NvidiaDevice>& devices,
                                const fs::path& folder) {
  std::vector<DeviceLane> lanes;
  for (const NvidiaDevice& found : devices)
    if (found.arch.empty() || found.arch == device)
      lanes.push_back(
          {LockFile(folder, found.uuid.empty()
                                ? format("{}-{}", device, found.index)
                                : found.uuid),
           found.index});
  if (lanes.empty()) lanes.push_back({LockFile(folder, device), {}});
  return lanes;
}

Result<std::vector<DeviceLane>> FindLanes(const std::string& device,
                                          const std::string& device_kind,
                                          const StopCondition& stop) {
  ASSIGN_OR_RETURN(const fs::path cache, CacheFolder());
  std::vector<NvidiaDevice> devices;
  if (device_kind == "gpu") {
    ASSIGN_OR_RETURN(devices, FindNvidiaDevices(stop));
  }
  return LanesOf(device, devices, cache);
}

}  // namespace kernelevolve
