// `run-bundle`: judges the work bundles in a folder (docs/bundles.md).
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"

namespace kernelevolve::worker {

struct RunBundleOptions {
  fs::path folder;
  int jobs = 0;              // 0: a worker per core
  std::vector<int> devices;  // of GPUs; none: all of the right architecture
  bool unsafe_no_sandbox = false;
  std::vector<std::string> program;  // how a worker is started
};

// kBadInput says what was wrong with a flag.
Result<RunBundleOptions> ParseRunBundle(
    const std::vector<std::string>& arguments);

// Every bundle without a result, in order; prints a line per answer. Returns the
// exit code: 0 all are answered; 1 some could not be read, or it was
// interrupted: called again, it goes on; 4 nothing can be judged here.
int RunBundles(const RunBundleOptions& options, const Clock& clock);

}  // namespace kernelevolve::worker
