// Tensor maps while recording: what would be an opaque descriptor is a tag that
// says which one it is, to be found again among a launch's parameters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/launch_plan.h"

namespace kernelevolve::worker {

struct MapTag {
  uint32_t serial = 0;  // of the recording that made it
  uint32_t index = 0;
};

// `out` has cuda::kTensorMapBytes.
void WriteMapTag(const MapTag& tag, void* out);
std::optional<MapTag> ReadMapTag(const uint8_t* bytes);

// What a driver would refuse of cuTensorMapEncodeTiled's arguments; "" if
// nothing.
std::string ObjectToTensorMap(const TensorMap& map, uint64_t address);

}  // namespace kernelevolve::worker
