// ProcessCommandRunner: starts the program behind exec: as a child process.
#pragma once

#include "llm/command_runner.h"

namespace kernelevolve {

// Thread-safe: it holds nothing. The child and all it starts are gone when Run
// returns, whatever the reason. Hidden variables are set to nothing.
class ProcessCommandRunner : public CommandRunner {
 public:
  Result<CommandReply> Run(const CommandCall& call,
                           const StopCondition& stop) override;
};

}  // namespace kernelevolve
