// The loops in which a kernel likely spends its time. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "core/profile.h"
#include "worker/profile/disassembly.h"

namespace kernelevolve::worker {

struct FoundLoop {
  HotLoop loop;
  double score = 0;  // what one entry into `entry` likely does in it; relative
  // Address ranges of its instructions, ends excluded.
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
};

// Innermost loops of all that `entry` reaches by direct calls, or of all
// functions where it reaches no loop; likely hottest first. Without a sampler
// that is a guess: loops nested deeper run more often, calls of libraries take
// long, and what does more per iteration is no remainder.
std::vector<FoundLoop> FindHotLoops(const Disassembly& functions,
                                    std::string_view entry);

// Gives every loop its share of all samples, which are those at `addresses` and
// so many `elsewhere`, and sorts by it.
void RankBySamples(const std::vector<uint64_t>& addresses, size_t elsewhere,
                   std::vector<FoundLoop>* loops);

// What is worth recording of them.
std::vector<HotLoop> KeepHottest(const std::vector<FoundLoop>& loops);

}  // namespace kernelevolve::worker
