// What a recording of a model's answers says of the run it was made in, so that
// it can be played again as it went.
#pragma once

#include <string>
#include <vector>

#include "engine/optimize.h"
#include "engine/pending_steps.h"
#include "llm/recording.h"

namespace kernelevolve {

// "" where the run plays none.
fs::path PlayedRecording(const std::string& models);

// Of the run that makes it: what decides the requests.
Json RecordingHeader(const OptimizeOptions& options);

// Writes that into a file that is new; kBadInput where the file holds another
// run's recording.
Status BeginRecording(const OptimizeOptions& options);
// The run goes on with so many nodes, and with the kernels that were made and
// not judged when it was interrupted.
Status ContinueRecording(const fs::path& recording, int64_t nodes,
                         const RunBudget& budget, const fs::path& pending);

// Where the recorded run was interrupted next and resumed, seen from a run of so
// many nodes; null where it was not.
const Recording::Part* NextPart(const Recording& recording, int64_t nodes);
// The kernels it went on with become those of the run that plays it.
Status TakePending(const Recording::Part& part, const fs::path& pending);

}  // namespace kernelevolve
