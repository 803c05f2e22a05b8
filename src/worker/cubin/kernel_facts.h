// KernelFacts: what an image says of each kernel in it, without a device: the
// layout of its parameters and what limits how many blocks run at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kernelevolve::worker {

struct KernelParameter {
  uint32_t offset = 0;  // in the packed parameters
  uint32_t size = 0;

  bool operator==(const KernelParameter&) const = default;
};

struct KernelFacts {
  std::string name;  // as the image calls it: mangled
  int module = 0;    // index of its image, where there are several
  int registers = 0;            // of a thread
  uint64_t local_bytes = 0;     // stack frame of a thread
  uint64_t shared_bytes = 0;    // static, of a block
  int max_threads = 1024;       // of a block, by launch bounds
  uint64_t code_bytes = 0;
  std::vector<KernelParameter> parameters;  // in order

  // Of the packed parameters.
  uint64_t ParameterBytes() const {
    return parameters.empty()
               ? 0
               : uint64_t{parameters.back().offset} + parameters.back().size;
  }
};

// Of every kernel in `image`, which is a cubin, or a fatbin that holds one for
// the architecture `arch` (90 for sm_90, 0 for any). kBadInput if it is neither, or broken.
Result<std::vector<KernelFacts>> ReadKernelFacts(std::string_view image,
                                                 int arch);

// Whether it has variables in device memory that kernels can write, which keep
// their values from call to call. As above.
Result<bool> HoldsVariables(std::string_view image, int arch);

}  // namespace kernelevolve::worker
