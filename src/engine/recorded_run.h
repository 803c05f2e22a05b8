// What a recording of a model's answers says of the run it was made in, so that
// it can be played again as it went.
#pragma once

#include <memory>
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

// Goes on writing it; null where the run keeps none.
Result<std::unique_ptr<RecordingWriter>> OpenRecording(
    const fs::path& recording);

// Where the recorded run was interrupted next and resumed, seen from a run of so
// many nodes; null where it was not.
const Recording::Part* NextPart(const Recording& recording, int64_t nodes);
// The kernels that the recorded run went on with in its part for so many nodes
// become those of the run that plays it. What it spends by that: they are made
// already, and no model is asked for them.
Result<Spending> TakePending(const Recording& recording, int64_t nodes,
                             const fs::path& pending);

// Whether that part began with several kernels, of which nobody wrote down in
// which order they became nodes.
bool LacksOrder(const Recording& recording, int64_t nodes);

}  // namespace kernelevolve
