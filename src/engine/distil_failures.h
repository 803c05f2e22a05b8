// Which moves a run made again and again without success. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/finished_run.h"

namespace kernelevolve {

struct RepeatedFailure {
  Code code = Code::kOk;
  std::string move;     // words that the descriptions share
  std::string message;  // of the judge, the most frequent one
  std::vector<const Node*> nodes;  // rejected with that code; three or more
  int described = 0;  // kernels of the run whose descriptions hold the words
};

// Most often first. A kind of move is what descriptions have in common: words
// that at least three rejected ones share, and that name a kernel with this
// end three times out of four. Each node counts once.
std::vector<RepeatedFailure> FindRepeatedFailures(const FinishedRun& run);

}  // namespace kernelevolve
