#include "worker/gpu/launcher/buffer_table.h"

namespace kernelevolve::worker::gpu {

std::optional<CuAddress> BufferTable::Find(const BufferPlace& place) const {
  const auto pick = [&](const std::vector<CuAddress>& all)
      -> std::optional<CuAddress> {
    const int index = place.buffer.index;
    if (index < 0 || static_cast<size_t>(index) >= all.size())
      return std::nullopt;
    return all[static_cast<size_t>(index)] + place.offset;
  };
  switch (place.buffer.kind) {
    case BufferRef::Kind::kInput: return pick(inputs);
    case BufferRef::Kind::kOutput: return pick(outputs);
    case BufferRef::Kind::kAllocation: return pick(allocations);
    case BufferRef::Kind::kVariable: return pick(variables);
    case BufferRef::Kind::kWorkspace:
      // A kernel may be handed a workspace of no bytes: a null address.
      return workspace + (workspace ? place.offset : 0);
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker::gpu
