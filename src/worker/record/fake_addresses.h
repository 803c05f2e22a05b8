// Where pretended device memory lies. Each shape is recorded twice, with every
// buffer moved by a distance of its own: a word that moves along is an address.
// (Another recording, where the second had them, is compared with that one.)
//
// The two places of a buffer agree in their upper halves, so that what is left
// of an address in the padding of a struct looks alike in both recordings.
// Tensors are aligned to 16 bytes and, in one recording, no more: what a host
// program makes of more alignment than is promised shows as a difference.
// Workspace and allocations are aligned to 256 bytes in both. Variables of a
// module stay where they are, as host code may rely on.
#pragma once

#include <cstdint>
#include <optional>

#include "core/launch_plan.h"

namespace kernelevolve::worker {

inline constexpr int kRecordings = 2;
// What the layout has room for.
inline constexpr int kMostTensorsOfARole = 64, kMostAllocations = 256;
inline constexpr uint64_t kMostBufferBytes = uint64_t{1} << 35;

// `recording` is 0 or 1.
uint64_t FakeAddress(const BufferRef& buffer, int recording);

// True for every address in the neighbourhood of any buffer.
bool IsFakeAddress(uint64_t address);
// The buffer in whose neighbourhood `address` lies.
std::optional<BufferRef> BufferNear(uint64_t address);

// True if `word` can hardly be anything but an address of a recording: two
// numbers side by side may well lie in a buffer's neighbourhood.
bool LooksLikeAddress(uint64_t word);

// What the same word means that held `first` in the one recording and `second`
// in the other; nullopt if that is no address.
std::optional<BufferPlace> ResolveAddress(uint64_t first, uint64_t second);

}  // namespace kernelevolve::worker
