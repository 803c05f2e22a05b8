// RunSetup: a run folder made or opened, with its store and its record.
#pragma once

#include <memory>
#include <vector>

#include "engine/optimize.h"
#include "engine/recorded_options.h"
#include "engine/run_recorder.h"
#include "llm/recording.h"
#include "store/store.h"

namespace kernelevolve {

struct RunSetup {
  WorkDir work_dir;
  std::unique_ptr<Store> store;
  RunRecord record;
  RecordedOptions recorded;
  std::vector<Node> nodes;  // of earlier processes
  StageHistory history;     // likewise
  Executor executor;
  std::unique_ptr<RecordingWriter> recording;  // null where it keeps none
};

// Everything is checked before anything is made, as far as it can be: a wrong
// name leaves no folder behind.
Result<RunSetup> CreateRun(const OptimizeOptions& options,
                           const ExecutorFactory& make_executor,
                           const Clock& clock);
// kBadInput where the task or the target is another one than the run's.
Result<RunSetup> ResumeRun(const OptimizeOptions& options,
                           const ExecutorFactory& make_executor);

}  // namespace kernelevolve
