// The JSON form of a DeviceProfile: the member "device" of a profile.
#pragma once

#include "base/json.h"
#include "core/device_profile.h"

namespace kernelevolve {

Json ToJson(const DeviceProfile& device);
// Lenient, as profiles are. nullopt if `json` is no object or an empty one.
std::optional<DeviceProfile> DeviceProfileFromJson(const Json& json);

}  // namespace kernelevolve
