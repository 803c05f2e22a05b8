// CudaModules: the device code that a loaded library has announced.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/launch_plan.h"
#include "worker/cubin/kernel_facts.h"
#include "worker/record/cuda_abi.h"

namespace kernelevolve::worker {

struct CudaFunction {
  KernelFacts facts;  // with the index of its module
  // Set by the program; lasts as long as the process.
  uint64_t most_dynamic_shared = 0;
  bool large_clusters = false;
};

// One thread at a time. Functions keep their address.
class CudaModules {
 public:
  explicit CudaModules(int arch) : arch_(arch) {}

  // The handle of the module, to be given to AddFunction.
  void** AddFatbin(const void* wrapper);
  void AddFunction(void** handle, const void* host_function, const char* name);
  void AddVariable(void** handle, const void* host_variable, const char* name,
                   size_t bytes);

  // By the host's stub, or by the function's own address as a handle. Null if
  // unknown.
  CudaFunction* Find(const void* key);

  // Its place in variables(), where it is from now on; nullopt if it is unknown,
  // or one too many.
  std::optional<int> VariableNumber(const void* key);
  // Those that were asked for.
  const std::vector<PlanVariable>& variables() const { return variables_; }

  // Device code of the architecture asked for.
  const std::vector<std::string>& images() const { return images_; }
  // What each was made of; "" where the library does not hold it.
  const std::vector<std::string>& ptx() const { return ptx_; }
  // Why an announcement could not be followed, the first time.
  const std::optional<std::string>& trouble() const { return trouble_; }

 private:
  int arch_;
  std::vector<std::string> images_, ptx_;
  size_t ptx_bytes_ = 0;
  struct Module {
    std::vector<KernelFacts> kernels;
    std::optional<int> image;  // nullopt: there is trouble
  };
  Module* FindModule(void** handle);

  std::deque<Module> modules_;  // addresses last
  std::deque<CudaFunction> functions_;
  std::map<const void*, CudaFunction*> by_key_;
  std::map<const void*, PlanVariable> announced_;
  std::vector<PlanVariable> variables_;
  std::optional<std::string> trouble_;
};

}  // namespace kernelevolve::worker
