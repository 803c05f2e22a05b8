// Where a compiler is, and what the sandbox must show for it to run there.
#pragma once

#include <optional>
#include <string>

#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

struct CompilerPlace {
  std::string program;  // absolute, as the sandbox sees it
  // A toolkit that is not below the system's folders, shown read-only.
  std::optional<SandboxBind> toolkit;
};

// Of the first `name` in PATH. kMissing says how to get it, or why one where it
// is cannot be used.
Result<CompilerPlace> PlaceCompiler(const std::string& name);

}  // namespace kernelevolve::worker
