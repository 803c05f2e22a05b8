// The order in which the contenders of one block are timed.
#pragma once

#include <vector>

#include "base/random.h"

namespace kernelevolve::measure {

// Each of 0 … contenders - 1 twice, the second half mirroring the first (A B C
// C B A), in an order drawn anew for each block: linear drift within the block
// then weighs on all alike, and nobody always goes first.
std::vector<int> PalindromicOrder(int contenders, Random& random);

}  // namespace kernelevolve::measure
