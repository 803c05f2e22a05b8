#include "worker/profile/address_map.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "base/text.h"

namespace kernelevolve::worker {

std::vector<Mapping> ReadMaps(std::string_view text) {
  std::vector<Mapping> maps;
  for (const std::string_view line : Split(text, '\n')) {
    unsigned long long begin = 0, end = 0, offset = 0, inode = 0;
    if (std::sscanf(std::string(line).c_str(),
                    "%llx-%llx %*4s %llx %*x:%*x %llu", &begin, &end, &offset,
                    &inode) == 4)
      maps.push_back({begin, end, offset, inode});
  }
  return maps;
}

SortedSamples SortSamples(const std::vector<uint64_t>& addresses,
                          const std::vector<Mapping>& maps, uint64_t artefact,
                          uint64_t runner) {
  // A shared object numbers its addresses from where its first byte is mapped.
  const auto first =
      std::find_if(maps.begin(), maps.end(), [&](const Mapping& mapping) {
        return mapping.inode == artefact && mapping.offset == 0;
      });
  SortedSamples sorted;
  for (const uint64_t address : addresses) {
    const auto in =
        std::find_if(maps.begin(), maps.end(), [&](const Mapping& mapping) {
          return mapping.begin <= address && address < mapping.end;
        });
    if (in == maps.end() || in->inode == 0 || in->inode == runner) continue;
    if (in->inode != artefact)
      ++sorted.elsewhere;
    else if (first != maps.end())
      sorted.inside.push_back(address - first->begin);
  }
  return sorted;
}

}  // namespace kernelevolve::worker
