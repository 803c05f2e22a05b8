// Runs a short command to its end and collects what it wrote.
#pragma once

#include "process/child.h"

namespace kernelevolve {

struct CommandLimits {
  std::chrono::milliseconds timeout{10'000};
  // Kept of each stream; the rest is read and dropped, so that a flood neither
  // fills our memory nor blocks the child.
  size_t output_bytes = 256 << 10;
};

struct CommandOutcome {
  ChildExit exit;
  bool timed_out = false;
  bool truncated = false;
  std::string output, errors;  // raw: sanitise before showing
};

// Errors: the program is missing, or `stop` was requested (kInterrupted). A
// command that fails or is killed at its deadline is an outcome.
Result<CommandOutcome> RunCommand(const ChildSpec& spec,
                                  const CommandLimits& limits,
                                  const StopCondition& stop);

}  // namespace kernelevolve
