// ProcessUse: what a process holds at a moment, as seen from outside.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace kernelevolve::worker {

struct ProcessUse {
  uint64_t resident_bytes = 0;  // its own pages, not those that it shares
  uint64_t data_bytes = 0;      // mapped for itself to write, touched or not
  int descriptors = 0;          // 0 where they are not to be seen
  int threads = 0;
};

// Some ten microseconds; nullopt of a process that is gone.
std::optional<ProcessUse> ReadProcessUse(pid_t pid);

}  // namespace kernelevolve::worker
