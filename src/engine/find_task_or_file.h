// TASK of a command line: a task, or a KernelBench file, which becomes one.
#pragma once

#include <string>

#include "base/file.h"
#include "base/stop.h"
#include "core/task.h"

namespace kernelevolve {

struct FoundTask {
  Task task;
  std::string note;  // what became of a KernelBench file; "" for a task
};

// `device_kind` is that of the targets it is to be judged for: kBadInput where a
// KernelBench file is for another than a GPU, or no task can be made of it.
Result<FoundTask> FindTaskOrFile(const std::string& words,
                                 const std::string& device_kind,
                                 const fs::path& data,
                                 const StopCondition& stop);

}  // namespace kernelevolve
