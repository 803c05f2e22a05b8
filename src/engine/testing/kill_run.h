// Kills a run's process again and again, resumes it each time, and compares
// what it said it had recorded with what is there in the end.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace kernelevolve {

// The child: a toy run in `folder`/run with the recipes in `folder`/data, begun
// or resumed. Prints "judge ID" before each evaluation and "node N ID" after
// each checkpoint. Returns the exit code.
int RunToyChild(const fs::path& folder, int64_t nodes);

struct KillOptions {
  // How to start RunToyChild; folder and nodes are appended.
  std::vector<std::string> child;
  int kills = 5;
  int64_t nodes = 200;
  uint64_t seed = 1;
};

struct KillReport {
  int kills = 0;             // of a living process
  int64_t nodes = 0;         // in the store at the end
  int64_t announced = 0;     // nodes that a child said it had recorded
  int64_t lost = 0;          // announced, and not there
  int64_t twice = 0;         // candidates that are there more than once
  int64_t judged_again = 0;  // recorded candidates that were judged once more
};

// Errors: a child that ended by itself with a failure.
Result<KillReport> KillAndResume(const KillOptions& options);

}  // namespace kernelevolve
