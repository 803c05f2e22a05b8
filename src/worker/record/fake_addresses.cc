#include "worker/record/fake_addresses.h"

namespace kernelevolve::worker {
namespace {

using Kind = BufferRef::Kind;

// Far from where Linux puts programs, libraries, stacks and heaps, and from a
// sanitizer's shadow.
constexpr uint64_t kFirst = 0x2000'0000'0000;
// A region holds one buffer, with room before it and behind it.
constexpr int kRegionShift = 36;
// Its lower half is one that small numbers side by side do not make.
constexpr uint64_t kRoomBefore = (uint64_t{1} << 34) + 0x6b5e'1000;
// The least move: a multiple of 256 and a prime.
constexpr uint64_t kMoved = 256 * 1031;
// First region of each kind.
constexpr uint64_t kOutputs = kMostTensorsOfARole,
                   kWorkspace = 2 * kMostTensorsOfARole,
                   kAllocations = kWorkspace + 1,
                   kVariables = kAllocations + kMostAllocations,
                   kRegions = kVariables + kMostVariables;

uint64_t Region(const BufferRef& buffer) {
  const auto index = static_cast<uint64_t>(buffer.index);
  switch (buffer.kind) {
    case Kind::kInput: return index;
    case Kind::kOutput: return kOutputs + index;
    case Kind::kWorkspace: return kWorkspace;
    case Kind::kAllocation: return kAllocations + index;
    case Kind::kVariable: return kVariables + index;
  }
  return kRegions;
}

BufferRef BufferOf(uint64_t region) {
  if (region < kOutputs) return {Kind::kInput, static_cast<int>(region)};
  if (region < kWorkspace)
    return {Kind::kOutput, static_cast<int>(region - kOutputs)};
  if (region < kAllocations) return {Kind::kWorkspace, 0};
  if (region < kVariables)
    return {Kind::kAllocation, static_cast<int>(region - kAllocations)};
  return {Kind::kVariable, static_cast<int>(region - kVariables)};
}

}  // namespace

uint64_t FakeAddress(const BufferRef& buffer, int recording) {
  const uint64_t region = Region(buffer);
  const uint64_t start = kFirst + (region << kRegionShift) + kRoomBefore;
  if (buffer.kind == Kind::kVariable) return start;
  const uint64_t moved = start + (region + 1) * kMoved;
  const bool tensor =
      buffer.kind == Kind::kInput || buffer.kind == Kind::kOutput;
  return recording == 0 ? start + (tensor ? 16 : 0) : moved;
}

bool IsFakeAddress(uint64_t address) {
  return address >= kFirst && (address - kFirst) >> kRegionShift < kRegions;
}

std::optional<BufferRef> BufferNear(uint64_t address) {
  if (!IsFakeAddress(address)) return std::nullopt;
  return BufferOf((address - kFirst) >> kRegionShift);
}

bool LooksLikeAddress(uint64_t word) {
  constexpr uint64_t kNear = 1 << 26;
  const auto buffer = BufferNear(word);
  if (!buffer) return false;
  const uint64_t base = FakeAddress(*buffer, 0);
  return word >= base && word - base < kNear;
}

std::optional<BufferPlace> ResolveAddress(uint64_t first, uint64_t second) {
  const auto buffer = BufferNear(first);
  if (!buffer) return std::nullopt;
  const uint64_t base = FakeAddress(*buffer, 0);
  if (first < base || first - base != second - FakeAddress(*buffer, 1))
    return std::nullopt;
  return BufferPlace{*buffer, first - base};
}

}  // namespace kernelevolve::worker
