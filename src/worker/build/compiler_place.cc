#include "worker/build/compiler_place.h"

#include "base/format.h"
#include "process/find_program.h"

namespace kernelevolve::worker {
namespace {

// What the sandbox shows of the system.
bool ShownInside(const std::string& program) {
  return program.starts_with("/usr/") || program.starts_with("/bin/");
}

std::string HowToGet(const std::string& name) {
  if (name == "nvcc")
    return "install the CUDA toolkit, version 13 "
           "(https://developer.nvidia.com/cuda-downloads), and put its bin "
           "folder in PATH";
  return "apt-get install g++";
}

// The folder that holds all of a CUDA toolkit, found from its nvcc; empty if
// that is no toolkit's.
fs::path CudaToolkit(const fs::path& nvcc) {
  const fs::path root = nvcc.parent_path().parent_path();
  std::error_code ignored;
  const bool whole = nvcc.parent_path().filename() == "bin" &&
                     fs::is_directory(root / "nvvm", ignored) &&
                     fs::is_directory(root / "include", ignored);
  return whole ? root : fs::path();
}

}  // namespace

Result<CompilerPlace> PlaceCompiler(const std::string& name) {
  auto found = FindProgram(name);
  if (!found) return Missing(found.error().message + ": " + HowToGet(name));
  std::error_code error;
  const fs::path real = fs::canonical(*found, error);
  if (error) return Missing(format("{}: {}", *found, error.message()));
  // Compilers of the system may be links that /etc/alternatives decides.
  if (ShownInside(*found) && ShownInside(real.string()))
    return CompilerPlace{*found, std::nullopt};
  if (const fs::path toolkit = CudaToolkit(real); !toolkit.empty())
    return CompilerPlace{real.string(), SandboxBind{toolkit, toolkit, false}};
  return Missing(format("{} is outside /usr, where no build may look; put the "
                        "system's compiler first in PATH", real.string()));
}

}  // namespace kernelevolve::worker
