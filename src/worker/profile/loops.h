// The loops of a function, from its jumps. Pure.
#pragma once

#include <vector>

#include "worker/profile/disassembly.h"

namespace kernelevolve::worker {

struct LoopNest {
  // Of each instruction, how many loops it is in.
  std::vector<int> depth;
  // Of each loop that holds no other, its instructions by index, ascending.
  std::vector<std::vector<size_t>> innermost;
};

// A jump back makes no loop unless a path leads round: code that was moved out
// of the way is none. Loops that are entered at several places are loops, as
// compilers make them of a first iteration. Indirect jumps lead nowhere.
LoopNest FindLoops(const Function& function);

}  // namespace kernelevolve::worker
