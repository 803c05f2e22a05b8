// What several commands read from their arguments.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "base/stop.h"
#include "core/node.h"
#include "core/target_set.h"
#include "core/task.h"

namespace kernelevolve::cli {

inline constexpr const char* kDefaultTarget = "cpp@native";
// Where runs are kept, under the working folder.
inline constexpr const char* kRunsFolder = "runs";

struct TaskAndTarget {
  fs::path data;  // the folder that ships tasks, targets and knowledge
  Task task;
  Target target;
  std::string note;  // what became of a KernelBench file; "" for a task
};
struct TaskAndTargets {
  fs::path data;
  Task task;
  TargetSet targets;
  std::string note;
};

// TASK, --target (engine/find_targets.h) and --shape (core/only_shapes.h). TASK
// may be a KernelBench file, which is imported first (engine/kernelbench.h).
// kBadInput also where the task has no shape for the targets' kind of device.
Result<TaskAndTargets> FindTaskAndTargets(
    const std::string& task, const std::string& targets,
    const StopCondition& stop, const std::vector<std::string>& shapes = {});
// For what takes one target.
Result<TaskAndTarget> FindTaskAndTarget(
    const std::string& task, const std::string& target,
    const StopCondition& stop, const std::vector<std::string>& shapes = {});
// TASK as it is found again from any folder.
std::string TaskWords(const std::string& task);

// RUN or RUN/NODE: a run's folder, or its name under ./runs, and the number of
// a node.
struct RunReference {
  fs::path folder;
  NodeId node = 0;  // 0 where none was given
};
Result<RunReference> ParseRunReference(const std::string& text);
// As above, and there must be a node.
Result<RunReference> ParseNodeReference(const std::string& text);

// "NAME=VALUE", each name once.
Result<ParameterValues> ParseSettings(const std::vector<std::string>& settings);

// `evaluate TASK KERNEL …`: the command that measures a kernel again. Only the
// parameters that differ from the kernel's own defaults are set.
struct MeasureCommand {
  std::string program, task, target, kernel;
  const Candidate* candidate = nullptr;
  std::vector<std::string> shapes;  // of --shape
};
std::string ToString(const MeasureCommand& command);
// "--shape NAME" for each.
void AppendShapeFlags(const std::vector<std::string>& shapes,
                      std::vector<std::string>& words);

}  // namespace kernelevolve::cli
