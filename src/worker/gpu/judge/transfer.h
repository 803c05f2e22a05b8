// Copies between host and device, and launches of our own kernels, as Status.
#pragma once

#include <cstdint>
#include <string>

#include "worker/gpu/driver/driver.h"

namespace kernelevolve::worker::gpu {

// All of them return when the work is done. The context must be current.
Status CopyToDevice(const Driver& driver, CuAddress to, const void* from,
                    uint64_t bytes);
Status CopyToHost(const Driver& driver, void* to, CuAddress from, uint64_t bytes);
Status LaunchAndWait(const Driver& driver, CuFunction function, unsigned blocks,
                     unsigned threads, void** parameters);
Result<CuModule> LoadModule(const Driver& driver, const std::string& image);
Result<CuFunction> FindFunction(const Driver& driver, CuModule module,
                                const std::string& name);
Result<CuAddress> Allocate(const Driver& driver, uint64_t bytes);

}  // namespace kernelevolve::worker::gpu
