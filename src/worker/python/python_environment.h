// PythonEnvironment: what a sandbox must show of the machine for one Python
// interpreter to work in it.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/stop.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

// A value. Paths inside are those outside: virtual environments are full of
// links that name them.
struct PythonEnvironment {
  std::string program;
  std::vector<SandboxBind> binds;  // read-only, beside the system's folders
  std::string search_path;         // for PYTHONPATH
};

// Asks the interpreter itself, outside any sandbox: it is trusted. kMissing
// where it does not run, or where its folders hold `hidden`, which no candidate
// may read.
Result<PythonEnvironment> DescribePython(const fs::path& program,
                                         const fs::path& hidden,
                                         const StopCondition& stop);

// Of those folders the ones that a sandbox does not show anyhow, none inside
// another, in order.
std::vector<fs::path> FoldersToShow(const std::vector<fs::path>& folders);

}  // namespace kernelevolve::worker
