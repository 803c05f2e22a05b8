#include "worker/record/fake_tensor_map.h"

#include <cstring>

#include "base/format.h"
#include "worker/record/cuda_abi.h"

namespace kernelevolve::worker {
namespace {

// No driver's descriptor and no program's data look like this by accident.
constexpr char kMark[24] = "kernelevolve tensor map";

// Bytes of an element by CUtensorMapDataType; packed types lie behind these.
constexpr uint64_t kElementBytes[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2, 4, 4, 4};
// Most bytes of a box's inner row by CUtensorMapSwizzle.
constexpr uint64_t kSwizzleBytes[] = {0, 32, 64, 128};

std::string ObjectToBox(const TensorMap& map) {
  for (const uint32_t extent : map.box)
    if (extent < 1 || extent > 256)
      return format("a box extent of {}; 1 to 256 are allowed", extent);
  for (const uint32_t step : map.element_strides)
    if (step < 1 || step > 8)
      return format("an element stride of {}; 1 to 8 are allowed", step);
  const auto type = static_cast<size_t>(map.dtype);
  if (type >= std::size(kElementBytes) || map.interleave != 0) return "";
  const uint64_t inner = map.box[0] * kElementBytes[type];
  if (inner % 16 != 0)
    return format("a box row of {} bytes, which is no multiple of 16", inner);
  const auto swizzle = static_cast<size_t>(map.swizzle);
  if (swizzle > 0 && swizzle < std::size(kSwizzleBytes) &&
      inner > kSwizzleBytes[swizzle])
    return format("a box row of {} bytes; the swizzle allows {}", inner,
                  kSwizzleBytes[swizzle]);
  return "";
}

}  // namespace

void WriteMapTag(const MapTag& tag, void* out) {
  std::memset(out, 0, cuda::kTensorMapBytes);
  std::memcpy(out, kMark, sizeof kMark);
  std::memcpy(static_cast<char*>(out) + sizeof kMark, &tag, sizeof tag);
}

std::optional<MapTag> ReadMapTag(const uint8_t* bytes) {
  if (std::memcmp(bytes, kMark, sizeof kMark) != 0) return std::nullopt;
  MapTag tag;
  std::memcpy(&tag, bytes + sizeof kMark, sizeof tag);
  return tag;
}

std::string ObjectToTensorMap(const TensorMap& map, uint64_t address) {
  if (address == 0 || address % 16 != 0)
    return "an address that is not aligned to 16 bytes";
  for (const uint64_t extent : map.dims)
    if (extent == 0 || extent > uint64_t{1} << 32)
      return format("an extent of {}", extent);
  for (const uint64_t stride : map.strides)
    if (stride % 16 != 0 || stride >= uint64_t{1} << 40)
      return format("a stride of {} bytes, which is no multiple of 16 below 2^40",
                    stride);
  return ObjectToBox(map);
}

}  // namespace kernelevolve::worker
