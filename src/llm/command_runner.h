// CommandRunner: how exec: starts its program. The folder that starts processes
// is not below this one, so the caller brings the implementation.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop.h"

namespace kernelevolve {

struct CommandCall {
  std::vector<std::string> argv;
  std::string input;  // to its standard input, which is then closed
  std::chrono::milliseconds timeout{600'000};
  size_t output_limit = 4 << 20;  // of standard output; the rest is dropped
  // Variables of our environment that the program must not see.
  std::vector<std::string> hidden_environment;
};

struct CommandReply {
  bool ok = false;     // it ended by itself, with exit code 0
  std::string status;  // for people: "exit code 1"
  bool timed_out = false;
  bool truncated = false;
  std::string output, errors;  // raw
};

// Thread-safe. Errors: the program is missing, or `stop` was requested
// (kInterrupted).
class CommandRunner {
 public:
  virtual ~CommandRunner() = default;
  virtual Result<CommandReply> Run(const CommandCall& call,
                                   const StopCondition& stop) = 0;
};

}  // namespace kernelevolve
