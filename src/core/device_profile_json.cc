#include "core/device_profile_json.h"

#include <algorithm>
#include <cmath>

namespace kernelevolve {
namespace {

// A record that names more is not one of ours.
constexpr size_t kMostItems = 256;
constexpr int64_t kMostCount = int64_t{1} << 40;

double Number(const Json& object, std::string_view key) {
  const double value = GetNumber(object, key).value_or(0);
  return std::isfinite(value) ? value : 0;
}

int64_t Count(const Json& object, std::string_view key) {
  return std::clamp<int64_t>(GetInteger(object, key).value_or(0), 0, kMostCount);
}

int SmallCount(const Json& json) {
  if (!json.is_number_integer()) return 0;
  return static_cast<int>(
      std::clamp<int64_t>(json.get<int64_t>(), 0, 100'000'000));
}

std::string Text(const Json& object, std::string_view key) {
  return GetString(object, key).value_or("");
}

Json KernelToJson(const KernelProfile& kernel) {
  Json instructions = Json::array();
  for (const InstructionCount& one : kernel.instructions)
    instructions.push_back({{"name", one.name}, {"count", one.count}});
  return {{"name", kernel.name},
          {"registers", kernel.registers},
          {"stack_bytes", kernel.stack_bytes},
          {"shared_bytes", kernel.shared_bytes},
          {"threads", kernel.threads},
          {"blocks", kernel.blocks},
          {"occupancy", kernel.occupancy},
          {"limited_by", kernel.limited_by},
          {"share", kernel.share},
          {"instructions", std::move(instructions)}};
}

KernelProfile KernelFromJson(const Json& json) {
  KernelProfile kernel;
  kernel.name = Text(json, "name");
  kernel.registers = SmallCount(GetMember(json, "registers"));
  kernel.stack_bytes = Count(json, "stack_bytes");
  kernel.shared_bytes = Count(json, "shared_bytes");
  kernel.threads = Count(json, "threads");
  kernel.blocks = Count(json, "blocks");
  kernel.occupancy = Number(json, "occupancy");
  kernel.limited_by = Text(json, "limited_by");
  kernel.share = Number(json, "share");
  const Json& instructions = GetMember(json, "instructions");
  if (!instructions.is_array()) return kernel;
  for (const Json& one : instructions)
    if (kernel.instructions.size() < kMostItems)
      kernel.instructions.push_back(
          {Text(one, "name"), SmallCount(GetMember(one, "count"))});
  return kernel;
}

template <typename T, typename Read>
std::vector<T> List(const Json& object, std::string_view key, const Read& read) {
  std::vector<T> list;
  const Json& array = GetMember(object, key);
  if (!array.is_array()) return list;
  for (const Json& item : array)
    if (list.size() < kMostItems) list.push_back(read(item));
  return list;
}

}  // namespace

Json ToJson(const DeviceProfile& device) {
  Json kernels = Json::array(), counters = Json::array(), stalls = Json::array();
  for (const KernelProfile& kernel : device.kernels)
    kernels.push_back(KernelToJson(kernel));
  for (const DeviceCounter& counter : device.counters)
    counters.push_back({{"name", counter.name},
                        {"value", counter.value},
                        {"unit", counter.unit}});
  for (const StallShare& stall : device.stalls)
    stalls.push_back({{"reason", stall.reason}, {"share", stall.share}});
  return {{"kernels", std::move(kernels)},
          {"shape", device.shape},
          {"counters", std::move(counters)},
          {"stalls", std::move(stalls)}};
}

std::optional<DeviceProfile> DeviceProfileFromJson(const Json& json) {
  if (!json.is_object() || json.empty()) return std::nullopt;
  DeviceProfile device;
  device.kernels = List<KernelProfile>(json, "kernels", KernelFromJson);
  device.shape = Text(json, "shape");
  device.counters =
      List<DeviceCounter>(json, "counters", [](const Json& item) {
        return DeviceCounter{Text(item, "name"), Number(item, "value"),
                             Text(item, "unit")};
      });
  device.stalls = List<StallShare>(json, "stalls", [](const Json& item) {
    return StallShare{Text(item, "reason"), Number(item, "share")};
  });
  return device;
}

}  // namespace kernelevolve
