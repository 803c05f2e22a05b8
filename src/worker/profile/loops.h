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

// Natural loops: a jump back closes one only if no path reaches it around its
// target, so code that was moved out of the way makes none. Indirect jumps lead
// nowhere; what only they reach counts as entered from outside.
LoopNest FindLoops(const Function& function);

}  // namespace kernelevolve::worker
