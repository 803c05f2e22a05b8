// This machine, as far as it judges: whether it has a target's device, and what
// its results record of it.
#pragma once

#include "base/stop.h"
#include "core/stored_result.h"
#include "core/target.h"
#include "wire/messages.h"

namespace kernelevolve {

// Of the GPUs that are visible; true for every other kind.
Result<bool> HasDeviceOf(const Target& target, const StopCondition& stop);

// By a worker's greeting, and what it does not say: a CPU's architecture and
// vector extensions, the versions of a GPU's Python packages, the bytes of the
// worker's program. What cannot be found stays empty.
MachineRecord DescribeMachine(const wire::Hello& hello,
                              const std::string& device_kind,
                              const StopCondition& stop);

}  // namespace kernelevolve
