#include "worker/record/cuda_modules.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "worker/cubin/fatbin.h"

namespace kernelevolve::worker {
namespace {

// Ours before any program opts in to more.
constexpr uint64_t kDynamicSharedAtFirst = 48 << 10;

Result<std::string> CopyCubin(const void* wrapper, int arch) {
  const auto* given = static_cast<const cuda::FatbinWrapper*>(wrapper);
  if (!given || given->magic != cuda::kFatbinWrapperMagic || !given->data)
    return BadInput("the device code is no proper fatbin");
  const auto* data = static_cast<const char*>(given->data);
  ASSIGN_OR_RETURN(const uint64_t bytes, FatbinBytes({data, kFatbinHeaderBytes}));
  ASSIGN_OR_RETURN(const std::string_view cubin,
                   FindCubin({data, bytes}, arch));
  return std::string(cubin);
}

}  // namespace

void** CudaModules::AddFatbin(const void* wrapper) {
  auto& kernels = kernels_.emplace_back();
  auto image = CopyCubin(wrapper, arch_);
  auto facts = image ? ReadKernelFacts(*image, arch_)
                     : Result<std::vector<KernelFacts>>(Fail(image.error()));
  if (!facts) {
    if (!trouble_) trouble_ = facts.error().message;
  } else {
    kernels = *std::move(facts);
    for (KernelFacts& one : kernels) one.module = static_cast<int>(images_.size());
    images_.push_back(*std::move(image));
  }
  return reinterpret_cast<void**>(&kernels);
}

void CudaModules::AddFunction(void** handle, const void* host_function,
                              const char* name) {
  const auto module = std::ranges::find_if(
      kernels_, [&](auto& one) { return static_cast<void*>(&one) == handle; });
  if (module == kernels_.end() || !name) return;
  const auto facts = std::ranges::find(*module, name, &KernelFacts::name);
  if (facts == module->end()) {
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
