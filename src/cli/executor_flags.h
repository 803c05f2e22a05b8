// --executor: where the kernels of a run are judged.
#pragma once

#include <optional>
#include <string>

#include "cli/flags.h"
#include "engine/executor.h"

namespace kernelevolve::cli {

struct ExecutorFlags {
  std::string executor;  // "": local, or what a resumed run has
  std::optional<int64_t> bundle_size;
  std::optional<double> bundle_wait;  // minutes
};

void AddExecutorFlags(Flags& flags, ExecutorFlags& executor);
void AddBundleFlags(Flags& flags, ExecutorFlags& executor);

// Workers on this machine, or bundles where a folder for them is named.
struct ExecutorChoice {
  BundleExecutorOptions bundles;
};

// `resumed` is the folder of a run to go on with, which remembers where its
// bundles go; "" for a new run. kBadInput names the known executors.
Result<ExecutorChoice> ChooseExecutor(const ExecutorFlags& flags,
                                      const std::string& resumed);

}  // namespace kernelevolve::cli
