#include "worker/gpu/judge/cuda_tools.h"

#include "base/format.h"
#include "process/find_program.h"

namespace kernelevolve::worker::gpu {

Result<std::string> FindCudaTool(const std::string& name) {
  constexpr const char* kUsual = "/usr/local/cuda/bin/";
  if (auto found = FindProgram(name)) return found;
  if (auto found = FindProgram(kUsual + name)) return found;
  return Missing(format("{} is neither in PATH nor in {}", name, kUsual));
}

}  // namespace kernelevolve::worker::gpu
