// KernelBench files as tasks: a Python module with `Model`, `get_inputs` and
// `get_init_inputs` is looked at by runners/python/ke_kernelbench, which writes a
// task folder or says why it refuses. docs/kernelbench.md.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "base/file.h"
#include "base/stop.h"
#include "engine/imported_file.h"

namespace kernelevolve {

struct ImportOptions {
  fs::path data;  // DataFolder()
  fs::path out;   // where the tasks' folders are made
  std::chrono::seconds limit{60};  // of one file
};

// `path` itself, or every .py below it, sorted. kBadInput: there is none.
Result<std::vector<fs::path>> KernelBenchFiles(const fs::path& path);

// Tells `each` of every file, in order. kMissing without a Python with torch.
Status ImportKernelBench(const std::vector<fs::path>& files,
                         const ImportOptions& options,
                         const std::function<void(const ImportedFile&)>& each,
                         const StopCondition& stop);

// Whether TASK on a command line names such a file rather than a task.
bool IsKernelBenchFile(const fs::path& path);

// The task of one file, kept in the cache under the digest of what it is made
// from. A refusal is an answer, too.
Result<ImportedFile> CachedImport(const fs::path& file, const fs::path& data,
                                  const StopCondition& stop);

}  // namespace kernelevolve
