// FinishedRun: a run read back from its folder, for show, diff, export, resume.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/node.h"
#include "core/task.h"
#include "engine/run_recorder.h"
#include "engine/run_summary.h"
#include "engine/work_dir.h"
#include "store/store.h"

namespace kernelevolve {

struct FinishedRun {
  RunRecord record;
  Task task;  // from the files recorded at the start
  std::string task_words;  // what names it on a command line
  std::vector<Node> nodes;
  StageHistory stages;
  RunSummary summary;
  std::string device, toolchain;
};

// Reads without taking the run's lock: a run in progress may be looked at.
Result<FinishedRun> ReadRun(const fs::path& folder, const fs::path& data);

// The task alone, as it was when the run began.
Result<Task> ReadRunTask(const fs::path& folder);

// Answers of a recording that stood in for one to other words, in the prompts of
// nodes 1 to `nodes`.
Result<int64_t> CountStandIns(Store& store, int64_t nodes);

}  // namespace kernelevolve
