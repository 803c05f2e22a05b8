// A kernel's PTX with pauses strewn in: it computes the same, but its blocks and warps
// get out of step. What is right only as long as one of them happens to be ahead of
// another is wrong then, now and then. (judge.md 2.8: perturbing the schedule.) Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace kernelevolve::worker::gpu {

struct ShakenPtx {
  std::string text;
  int entries = 0;  // whose blocks may begin late
  int pauses = 0;   // places where a warp may pause
};

// kLateBlocks: a quarter of the blocks are late by much, and nothing else pauses, so that
// the others are through before they have begun.
enum class Pauses { kEverywhere, kLateBlocks };

struct Shaking {
  // Letters and digits that the text does not hold, for names of registers.
  std::string tag;
  Pauses pauses = Pauses::kEverywhere;
  std::set<std::string, std::less<>> entries;  // those that are launched
};

// Puts a pause at the start of every entry asked for, the same for a block, and one for each
// warp before every barrier, fence, atomic, write to global memory, and read of it
// that is volatile or ordered, of the first thousands of an entry. Whether and how long
// is drawn from clocks, so it differs from call to call; a warp pauses a few times at
// most, some microseconds each. A block that has let the next launch begin may be late
// behind that, too. All else stays as it is.
ShakenPtx ShakePtx(std::string_view ptx, const Shaking& how);

// Whether blocks or launches may wait for each other, or for what others have written,
// by the look of the text: atomics, ordered accesses, dependent launches.
bool TalksBetweenBlocks(std::string_view ptx);

}  // namespace kernelevolve::worker::gpu
