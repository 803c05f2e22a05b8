#include "worker/run/state_memory.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>

#include "base/fd.h"
#include "base/format.h"
#include "worker/run/cache.h"
#include "worker/run/shared_buffer.h"

namespace kernelevolve::worker {
namespace {

bool IsData(const MappedRange& range) {
  return range.permissions[0] == 'r' && range.permissions[2] != 'x';
}

bool HasNoFile(const MappedRange& range) {
  // The second is memory that processes could share.
  return range.path.empty() || range.path.starts_with("/dev/zero");
}

// What `whole` has beyond the ranges of `before`, which are in order.
void Subtract(MemoryBlock whole, const std::vector<MappedRange>& before,
              std::vector<MemoryBlock>* left) {
  for (const MappedRange& range : before) {
    if (range.end <= whole.begin) continue;
    if (range.begin >= whole.end) break;
    if (range.begin > whole.begin) left->push_back({whole.begin, range.begin});
    whole.begin = std::min(range.end, whole.end);
  }
  if (whole.begin < whole.end) left->push_back(whole);
}

}  // namespace

std::vector<MemoryBlock> BlocksLeft(const std::vector<MappedRange>& before,
                                    const std::vector<MappedRange>& after,
                                    uint64_t code) {
  const auto library = std::ranges::find_if(after, [&](const MappedRange& range) {
    return range.begin <= code && code < range.end;
  });
  std::vector<MemoryBlock> left;
  uint64_t library_end = 0;  // behind it lie its variables that begin as zero
  for (const MappedRange& range : after) {
    const bool own = library != after.end() && range.path == library->path;
    const bool zeros = range.begin == library_end && range.path.empty();
    if (own) library_end = range.end;
    if (!IsData(range)) continue;
    if ((own || zeros) && range.permissions[1] == 'w')
      left.push_back({range.begin, range.end});
    else if (HasNoFile(range))
      Subtract({range.begin, range.end}, before, &left);
  }
  std::erase_if(left, [](const MemoryBlock& block) {
    return block.end - block.begin < kLeastBlockBytes;
  });
  return left;
}

BlocksApart::BlocksApart() { mallopt(M_MMAP_THRESHOLD, kLeastBlockBytes); }

BlocksApart::~BlocksApart() {
  // Where glibc's own adjustment ends that mallopt has switched off.
  constexpr int kMostFromHeap = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, kMostFromHeap);
  mallopt(M_TRIM_THRESHOLD, 2 * kMostFromHeap);
}

std::vector<MemoryBlock> ResidentParts(pid_t pid,
                                       const std::vector<MemoryBlock>& blocks) {
  // Documentation/admin-guide/mm/pagemap.rst: a word for each page, which says at
  // the top whether it is present.
  constexpr uint64_t kPresent = 1ull << 63;
  const Fd pagemap(::open(format("/proc/{}/pagemap", pid).c_str(), O_RDONLY | O_CLOEXEC));
  std::vector<MemoryBlock> parts;
  for (const MemoryBlock& block : blocks) {
    std::vector<uint64_t> words((block.end - block.begin) / kPageBytes);
    const size_t bytes = words.size() * sizeof words[0];
    const auto at = static_cast<off_t>(block.begin / kPageBytes * sizeof words[0]);
    if (::pread(pagemap.get(), words.data(), bytes, at) != static_cast<ssize_t>(bytes))
      continue;
    bool open = false;
    for (size_t i = 0; i < words.size(); ++i) {
      const uint64_t page = block.begin + i * kPageBytes;
      const bool present = words[i] & kPresent;
      if (present && !open) parts.push_back({page, page});
      if (present) parts.back().end = page + kPageBytes;
      open = present;
    }
  }
  return parts;
}

void FlushBlocks(const std::vector<MemoryBlock>& blocks) {
  for (const MemoryBlock& block : blocks)
    FlushLines(reinterpret_cast<const uint8_t*>(block.begin), block.end - block.begin);
}

}  // namespace kernelevolve::worker
