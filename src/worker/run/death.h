// How a runner process died, put into the judge's words. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "worker/run/binding.h"
#include "worker/run/failure.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

struct FaultSite {
  int signal = 0;
  uint64_t address = 0;
  bool was_write = false;
};

// From the exit status alone.
Failure ExplainExit(const ExitReport& report, const std::string& during);

// From the fault handler's note. `bases` are the starts of the tensors' guarded
// mappings in the runner, guard included.
Failure ExplainMemoryFault(const FaultSite& site, const Binding& binding,
                           const std::vector<uint64_t>& bases,
                           uint64_t workspace_base, const Placement& workspace,
                           const std::string& during);

}  // namespace kernelevolve::worker
