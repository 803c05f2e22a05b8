// What ke_setup leaves in memory: packed weights and tables. A call that is to find
// cold caches must not find these warm, where a baseline reads the input that they
// were made of from memory.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "worker/run/process_state.h"

namespace kernelevolve::worker {

// Addresses of the kernel's process, [begin, end).
struct MemoryBlock {
  uint64_t begin = 0, end = 0;
  bool operator==(const MemoryBlock&) const = default;
};

// Blocks below this stay warm: what describes a state, not what it holds. A library
// that keeps its plans in many small objects is not made to look slower by them.
inline constexpr uint64_t kLeastBlockBytes = 16 << 10;

// The blocks of data that a process has gained between two looks at its memory, and
// the variables of the library that has `code` in it, whenever they came to be
// mapped. No code, no tensors.
std::vector<MemoryBlock> BlocksLeft(const std::vector<MappedRange>& before,
                                    const std::vector<MappedRange>& after,
                                    uint64_t code);

// Within the process: while one lives, malloc gives each block of kLeastBlockBytes
// pages of its own. Afterwards it serves calls as it would in the long run: what is
// asked for in each call comes from the heap, without a word to the system.
class BlocksApart {
 public:
  BlocksApart();
  ~BlocksApart();
  BlocksApart(const BlocksApart&) = delete;
};

// What is in memory of blocks of process `pid`: reserves that nobody has touched are
// no state. Empty where that is not to be seen.
std::vector<MemoryBlock> ResidentParts(pid_t pid, const std::vector<MemoryBlock>& blocks);

// Within the process: all of the blocks, which must be mapped, leaves all caches.
void FlushBlocks(const std::vector<MemoryBlock>& blocks);

}  // namespace kernelevolve::worker
