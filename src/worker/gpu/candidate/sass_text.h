// Machine code in words, by nvdisasm: of the CUDA toolkit, or of the Triton
// package. It reads a hostile image, so it runs where builds run.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "worker/judge/machine.h"

namespace kernelevolve::worker::gpu {

// One per worker; looks for the program once.
class SassText {
 public:
  // A disassembler at work on a cubin; ends with its owner.
  struct Running {
    TempFolder folder;
    std::unique_ptr<Sandboxed> process;
  };
  Result<Running> Start(const Machine& machine, std::string_view cubin);

 private:
  Result<std::string> Find();

  std::optional<Result<std::string>> program_;
};

// The images of one candidate. It takes the disassembler a third of a second to
// start, so it may begin before it is known whether anybody will ask.
class Disassemblies {
 public:
  Disassemblies(const Machine& machine, SassText& sass, int arch)
      : machine_(machine), sass_(sass), arch_(arch) {}

  // Not with any number at once. `image`: a cubin, or a fatbin that holds one.
  void Begin(std::string_view image);
  // Waits for it, begun or not.
  Result<std::string> Text(std::string_view image);

 private:
  const Machine& machine_;
  SassText& sass_;
  const int arch_;
  std::map<std::string, SassText::Running, std::less<>> begun_;  // by cubin
};

}  // namespace kernelevolve::worker::gpu
