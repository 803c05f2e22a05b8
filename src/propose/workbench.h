// Workbench: the judge within a proposer's reach, for an author that wants to
// know more before it hands in a kernel. The engine implements it.
#pragma once

#include "base/result.h"
#include "base/stop.h"
#include "core/candidate.h"
#include "core/evaluation.h"

namespace kernelevolve {

// Thread-safe. What it evaluates is charged to the run, but is no node.
class Workbench {
 public:
  virtual ~Workbench() = default;
  // Compiles, runs nothing: BUILD_FAILED with the compiler's text, or
  // INCONCLUSIVE with the code OK, which says that it builds.
  virtual Result<Evaluation> Lint(const Candidate& candidate,
                                  const StopCondition& stop) = 0;
  // The search stage.
  virtual Result<Evaluation> Evaluate(const Candidate& candidate,
                                      const StopCondition& stop) = 0;
};

}  // namespace kernelevolve
