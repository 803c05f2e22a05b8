// Which file a process's addresses belong to. Pure.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace kernelevolve::worker {

struct Mapping {
  uint64_t begin = 0, end = 0;
  uint64_t offset = 0;  // in the file
  uint64_t inode = 0;   // 0: no file
};

// The text of /proc/PID/maps; lines that make no sense are skipped.
std::vector<Mapping> ReadMaps(std::string_view text);

struct SortedSamples {
  std::vector<uint64_t>
      inside;            // of the artefact, as the artefact numbers them
  size_t elsewhere = 0;  // in libraries
};

// Sorts sampled addresses by file. Those in `runner`, which waits in a loop of
// its own, are dropped.
SortedSamples SortSamples(const std::vector<uint64_t>& addresses,
                          const std::vector<Mapping>& maps, uint64_t artefact,
                          uint64_t runner);

}  // namespace kernelevolve::worker
