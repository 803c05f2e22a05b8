#include "propose/llm/draft_emphasis.h"

#include <array>

#include "base/check.h"
#include "base/format.h"

namespace kernelevolve {
namespace {

constexpr std::array<const char*, 8> kWays = {
    "the simplest version that is right for every shape and whose inner loop "
    "becomes vector instructions; few lines, no special cases",
    "blocking: tiles that stay in registers and in the nearest cache, operands "
    "reused before they leave it",
    "as few passes over memory as possible: fuse what the reference does in "
    "steps, keep what lies between in registers",
    "independent work in flight: several accumulators or rows at once, no "
    "chain of dependent operations, no branch in the inner loop",
    "another layout: pack or transpose once what is read often, and let the "
    "inner loop run over consecutive elements only",
    "less arithmetic: another association, symmetry, what can be taken out of "
    "the loop, a cheaper approximation within the tolerance",
    "the memory system: streaming stores, prefetch, whole lines, an order of "
    "the loops that reads each line once",
    "an unusual algorithm: what nobody would write first, with a different "
    "growth of work or traffic, still exact enough",
};

}  // namespace

std::string DraftEmphasis(int draft_index) {
  CHECK(draft_index >= 0);
  return format(
      "This is draft {} of the run. Others take other ways; this one goes for "
      "{}.\n",
      draft_index + 1, kWays[static_cast<size_t>(draft_index) % kWays.size()]);
}

}  // namespace kernelevolve
