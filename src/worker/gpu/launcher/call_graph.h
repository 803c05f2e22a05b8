// A call as a graph: launched as one, it costs the host one call however many
// kernels it has.
#pragma once

#include <functional>

#include "worker/gpu/launcher/device_handles.h"

namespace kernelevolve::worker::gpu {

// Captures what `issue` does to `stream` and to streams it forks, instantiates
// it and brings it to the device. `issue` executes nothing meanwhile.
Cuda<GraphExec> CaptureCall(const Driver& driver, CuStream stream,
                            const std::function<CudaStatus()>& issue);

// A graph of one node that does nothing.
Cuda<GraphExec> MakeEmptyCall(const Driver& driver, CuStream stream);

}  // namespace kernelevolve::worker::gpu
