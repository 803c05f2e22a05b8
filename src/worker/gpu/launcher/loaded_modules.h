// LoadedModules: a plan's modules in the driver, and the kernels it names.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/launch_plan.h"
#include "worker/gpu/launcher/device_handles.h"

namespace kernelevolve::worker::gpu {

struct KernelParameter {
  size_t offset = 0, bytes = 0;
};

struct Kernel {
  CuFunction function = nullptr;
  std::vector<KernelParameter> parameters;  // as the kernel was compiled
};

// Owned by the executor; gives the modules back when destroyed.
class LoadedModules {
 public:
  // Loads every image, finds every kernel that `plan` launches, and grants each
  // the shared memory and the cluster sizes that it is launched with.
  static Cuda<LoadedModules> Load(const Driver& driver,
                                  const std::vector<std::string>& images,
                                  const ShapePlan& plan);

  // The same for another plan over the same images.
  CudaStatus Grant(const Driver& driver, const ShapePlan& plan);

  // Where the variables of a plan over these images lie. Refuses one that its
  // module does not have, or not of that size.
  Cuda<std::vector<CuAddress>> FindVariables(
      const Driver& driver, const std::vector<PlanVariable>& variables) const;

  // Null where the plan did not name it.
  const Kernel* Find(int module, const std::string& name) const;

 private:
  CudaStatus AddImage(const Driver& driver, const std::string& image);
  CudaStatus AddKernel(const Driver& driver, const LaunchOp& op);

  std::vector<Module> modules_;
  std::map<std::pair<int, std::string>, Kernel> kernels_;
  std::map<CuFunction, uint32_t> dynamic_shared_;  // granted so far
};

}  // namespace kernelevolve::worker::gpu
