// Optimize: one run from its options to its summary. Opens the run's folder and
// store, makes search, proposer and executor, and lets a Campaign run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/stop.h"
#include "core/target_set.h"
#include "core/task.h"
#include "engine/executor.h"
#include "engine/observer.h"
#include "engine/run_summary.h"
#include "propose/author_options.h"

namespace kernelevolve {

// Limits of a run; the first one reached ends the search. On resume an absent
// limit keeps its recorded value.
struct RunBudget {
  std::optional<int64_t> nodes;
  std::optional<double> minutes;         // of search, over all parts of the run
  std::optional<int64_t> stall_nodes;    // nodes without a better one
  std::optional<double> target_speedup;  // search-stage, over the best baseline
  std::optional<double> speed_of_light;  // fraction of the bound, 0 to 1
  std::optional<double> dollars;         // on models
  std::optional<int64_t> tokens;         // prompts and answers
};

struct OptimizeOptions {
  Task task;
  std::string task_words;  // what names it on a command line: see RecordedOptions
  TargetSet targets;
  fs::path data;        // DataFolder()
  fs::path run_folder;  // absent, or with `resume` the run to go on with
  bool resume = false;
  RunBudget budget;
  int jobs = 1;  // evaluations in flight
  // What follows shapes the sequence of proposals: on resume the recorded
  // values are used and these are ignored.
  std::string policy = "mcts";
  std::string proposer = "recipes";
  uint64_t seed = 1;
  int drafts = 10;
  fs::path seed_kernel;  // "" = none
  AuthorOptions author;  // of a proposer that is a model
};

// Errors: kBadInput (the folder holds a run, or none to resume; the task was
// edited since; unknown policy or proposer; another process holds the run),
// kMissing, kInfrastructure. An interrupted run is a summary with the state
// "interrupted".
Result<RunSummary> Optimize(const OptimizeOptions& options,
                            const ExecutorFactory& make_executor,
                            Observer& observer, const Clock& clock,
                            const StopCondition& stop);

}  // namespace kernelevolve
