#include "worker/record/cuda_modules.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "worker/cubin/fatbin.h"

namespace kernelevolve::worker {
namespace {

// Ours before any program opts in to more.
constexpr uint64_t kDynamicSharedAtFirst = 48 << 10;

Result<std::string_view> FatbinOf(const void* wrapper) {
  const auto* given = static_cast<const cuda::FatbinWrapper*>(wrapper);
  if (!given || given->magic != cuda::kFatbinWrapperMagic || !given->data)
    return BadInput("the device code is no proper fatbin");
  const auto* data = static_cast<const char*>(given->data);
  ASSIGN_OR_RETURN(const uint64_t bytes, FatbinBytes({data, kFatbinHeaderBytes}));
  return std::string_view(data, bytes);
}

Result<std::string> CopyCubin(const void* wrapper, int arch) {
  ASSIGN_OR_RETURN(const std::string_view fatbin, FatbinOf(wrapper));
  ASSIGN_OR_RETURN(const std::string_view cubin, FindCubin(fatbin, arch));
  return std::string(cubin);
}

std::string CopyPtx(const void* wrapper) {
  const auto fatbin = FatbinOf(wrapper);
  if (!fatbin) return "";
  return std::string(FindPtx(*fatbin).value_or(""));
}

}  // namespace

void** CudaModules::AddFatbin(const void* wrapper) {
  Module& module = modules_.emplace_back();
  auto image = CopyCubin(wrapper, arch_);
  auto facts = image ? ReadKernelFacts(*image, arch_)
                     : Result<std::vector<KernelFacts>>(Fail(image.error()));
  if (!facts) {
    if (!trouble_) trouble_ = facts.error().message;
  } else {
    module.image = static_cast<int>(images_.size());
    module.kernels = *std::move(facts);
    for (KernelFacts& one : module.kernels) one.module = *module.image;
    images_.push_back(*std::move(image));
    ptx_.push_back(CopyPtx(wrapper));
    if (ptx_.back().size() > kMostPtxBytes - ptx_bytes_) ptx_.back().clear();
    ptx_bytes_ += ptx_.back().size();
  }
  return reinterpret_cast<void**>(&module);
}

CudaModules::Module* CudaModules::FindModule(void** handle) {
  const auto module = std::ranges::find_if(
      modules_, [&](auto& one) { return static_cast<void*>(&one) == handle; });
  return module == modules_.end() ? nullptr : &*module;
}

void CudaModules::AddVariable(void** handle, const void* host_variable,
                              const char* name, size_t bytes) {
  const Module* module = FindModule(handle);
  if (module && module->image && name)
    announced_[host_variable] = {*module->image, name, bytes};
}

std::optional<int> CudaModules::VariableNumber(const void* key) {
  const auto announced = announced_.find(key);
  if (announced == announced_.end()) return std::nullopt;
  const auto known = std::ranges::find(variables_, announced->second);
  const auto number = static_cast<int>(known - variables_.begin());
  if (number >= kMostVariables) return std::nullopt;
  if (known == variables_.end()) variables_.push_back(announced->second);
  return number;
}

void CudaModules::AddFunction(void** handle, const void* host_function,
                              const char* name) {
  const Module* module = FindModule(handle);
  if (!module || !name) return;
  const auto facts = std::ranges::find(module->kernels, name, &KernelFacts::name);
  if (facts == module->kernels.end()) {
    if (!trouble_)
      trouble_ = format("the device code lacks {}", Sanitize(name, 200));
    return;
  }
  CudaFunction& function =
      functions_.emplace_back(CudaFunction{*facts, 0, false});
  function.most_dynamic_shared =
      kDynamicSharedAtFirst -
      std::min(kDynamicSharedAtFirst, function.facts.shared_bytes);
  by_key_[host_function] = &function;
  by_key_[&function] = &function;
}

CudaFunction* CudaModules::Find(const void* key) {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second;
}

}  // namespace kernelevolve::worker
