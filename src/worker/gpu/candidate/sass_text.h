// Machine code in words, by nvdisasm: of the CUDA toolkit, or of the Triton
// package. It reads a hostile image, so it runs where builds run.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "worker/judge/machine.h"

namespace kernelevolve::worker::gpu {

// One per worker; looks for the program once.
class SassText {
 public:
  // `image`: a cubin, or a fatbin that holds one for `arch`.
  Result<std::string> Of(const Machine& machine, std::string_view image, int arch);

 private:
  Result<std::string> Find();

  std::optional<Result<std::string>> program_;
};

}  // namespace kernelevolve::worker::gpu
