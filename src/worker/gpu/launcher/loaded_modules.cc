#include "worker/gpu/launcher/loaded_modules.h"

#include <array>

#include "base/format.h"
#include "base/text.h"
#include "worker/gpu/launcher/image.h"

namespace kernelevolve::worker::gpu {
namespace {

// Above it a kernel has to be granted its shared memory.
constexpr uint32_t kSharedByDefault = 48 << 10;
// Larger clusters do not fit every device of an architecture.
constexpr uint32_t kPortableCluster = 8;
constexpr size_t kMostParameters = 4096;
// The driver reads an image without being told its end.
constexpr size_t kPadding = 4096;

tl::unexpected<CudaError> Refuse(CuResult code, std::string what) {
  return tl::unexpected<CudaError>(CudaError{code, std::move(what)});
}

Cuda<std::vector<KernelParameter>> ReadParameters(const Driver& driver,
                                                  CuFunction function,
                                                  const std::string& name) {
  std::vector<KernelParameter> parameters;
  while (parameters.size() < kMostParameters) {
    KernelParameter next;
    const CuResult code = driver.FuncGetParamInfo(
        function, parameters.size(), &next.offset, &next.bytes);
    if (code == kCudaInvalidValue) break;  // one past the last
    RETURN_IF_CUDA(code, "the parameters of " + name);
    parameters.push_back(next);
  }
  return parameters;
}

CudaStatus GrantShared(const Driver& driver, CuFunction function,
                       uint32_t dynamic, const std::string& name) {
  int fixed = 0;
  RETURN_IF_CUDA(driver.FuncGetAttribute(&fixed, kStaticSharedBytes, function),
                 "the shared memory of " + name);
  if (dynamic + static_cast<uint64_t>(fixed) <= kSharedByDefault) return {};
  RETURN_IF_CUDA(driver.FuncSetAttribute(function, kMaxDynamicSharedBytes,
                                         static_cast<int>(dynamic)),
                 format("{} asks for {} bytes of dynamic shared memory beside "
                        "{} of its own", name, dynamic, fixed));
  return {};
}

}  // namespace

Cuda<LoadedModules> LoadedModules::Load(const Driver& driver,
                                        const std::vector<std::string>& images,
                                        const ShapePlan& plan) {
  LoadedModules loaded;
  for (const std::string& image : images)
    RETURN_IF_CUDA_ERROR(loaded.AddImage(driver, image));
  RETURN_IF_CUDA_ERROR(loaded.Grant(driver, plan));
  return loaded;
}

CudaStatus LoadedModules::Grant(const Driver& driver, const ShapePlan& plan) {
  for (const std::vector<PlanOp>* ops : {&plan.setup, &plan.run})
    for (const PlanOp& op : *ops)
      if (const auto* launch = std::get_if<LaunchOp>(&op))
        RETURN_IF_CUDA_ERROR(AddKernel(driver, *launch));
  return {};
}

CudaStatus LoadedModules::AddImage(const Driver& driver,
                                   const std::string& image) {
  if (const auto fault = ImageFault(image))
    return Refuse(kCudaInvalidImage, *fault);
  const std::string padded = image + std::string(kPadding, '\0');
  std::array<char, 4096> log{};
  std::array<int, 2> options{kJitErrorLogBuffer, kJitErrorLogBufferBytes};
  std::array<void*, 2> values{log.data(),
                              reinterpret_cast<void*>(log.size() - 1)};
  CuModule module = nullptr;
  const CuResult code = driver.ModuleLoadDataEx(
      &module, padded.data(), options.size(), options.data(), values.data());
  std::string what = format("module {} ({})", modules_.size(), ImageArchs(image));
  if (log[0] != '\0') what += ": " + Sanitize(log.data(), 1000);
  RETURN_IF_CUDA(code, what);
  modules_.emplace_back(driver, module);
  return {};
}

CudaStatus LoadedModules::AddKernel(const Driver& driver, const LaunchOp& op) {
  const std::string name = Sanitize(op.kernel, 120);
  if (op.module < 0 || static_cast<size_t>(op.module) >= modules_.size())
    return Refuse(kCudaNotFound, format("module {}", op.module));
  Kernel& kernel = kernels_[{op.module, op.kernel}];
  if (!kernel.function) {
    RETURN_IF_CUDA(
        driver.ModuleGetFunction(&kernel.function,
                                 modules_[static_cast<size_t>(op.module)].get(),
                                 op.kernel.c_str()),
        format("module {} holds no kernel {}", op.module, name));
    ASSIGN_OR_RETURN_CUDA(kernel.parameters,
                          ReadParameters(driver, kernel.function, name));
  }
  uint32_t& granted = dynamic_shared_[kernel.function];
  if (op.shared_bytes > granted) {
    RETURN_IF_CUDA_ERROR(
        GrantShared(driver, kernel.function, op.shared_bytes, name));
    granted = op.shared_bytes;
  }
  if (op.cluster[0] * op.cluster[1] * op.cluster[2] > kPortableCluster)
    RETURN_IF_CUDA(driver.FuncSetAttribute(kernel.function,
                                           kNonPortableClusterAllowed, 1),
                   format("{} asks for clusters of {} x {} x {} blocks", name,
                          op.cluster[0], op.cluster[1], op.cluster[2]));
  return {};
}

Cuda<std::vector<CuAddress>> LoadedModules::FindVariables(
    const Driver& driver, const std::vector<PlanVariable>& variables) const {
  std::vector<CuAddress> addresses;
  for (const PlanVariable& variable : variables) {
    const std::string name = Sanitize(variable.name, 120);
    if (variable.module < 0 ||
        static_cast<size_t>(variable.module) >= modules_.size())
      return Refuse(kCudaNotFound, format("module {}", variable.module));
    CuAddress address = 0;
    size_t bytes = 0;
    RETURN_IF_CUDA(
        driver.ModuleGetGlobal(&address, &bytes,
                               modules_[static_cast<size_t>(variable.module)].get(),
                               variable.name.c_str()),
        format("module {} holds no variable {}", variable.module, name));
    if (bytes < variable.bytes)
      return Refuse(kCudaInvalidValue,
                    format("variable {} has {} bytes, not {}", name, bytes,
                           variable.bytes));
    addresses.push_back(address);
  }
  return addresses;
}

const Kernel* LoadedModules::Find(int module, const std::string& name) const {
  const auto found = kernels_.find({module, name});
  return found == kernels_.end() ? nullptr : &found->second;
}

}  // namespace kernelevolve::worker::gpu
