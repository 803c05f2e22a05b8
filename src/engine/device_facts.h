// What is known of a device before anything ran on it, for prompts.
#pragma once

#include <string>

namespace kernelevolve {

// Lines: the device's name; for the CPU of this machine ("native") its caches
// and vector extensions, as the kernel reports them.
std::string DeviceFacts(const std::string& name, const std::string& device);

// "fma avx2 avx512f": those of this machine's CPU that kernels are written for.
std::string VectorExtensions();

}  // namespace kernelevolve
