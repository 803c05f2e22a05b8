// How a candidate's process died, put into the judge's words.
#pragma once

#include <chrono>
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

// True if the other end of a socket may still write to it.
bool IsOpen(int channel);

// Of a process that gave no answer on `channel`: waits for its end, `silent` where its
// own end of the channel is open. Where that is closed it is on its way out, which
// takes seconds on a busy machine: all that it has started goes first.
ExitReport AwaitEnd(Sandboxed& process, int channel,
                    std::chrono::milliseconds silent);

// From the exit status alone.
Failure ExplainExit(const ExitReport& report, const std::string& during);

// From the fault handler's note. `bases` are the starts of the tensors' guarded
// mappings in the runner, guard included.
Failure ExplainMemoryFault(const FaultSite& site, const Binding& binding,
                           const std::vector<uint64_t>& bases,
                           uint64_t workspace_base, const Placement& workspace,
                           const std::string& during);

}  // namespace kernelevolve::worker
