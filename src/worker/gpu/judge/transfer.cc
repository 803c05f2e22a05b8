#include "worker/gpu/judge/transfer.h"

#include "base/format.h"
#include "worker/gpu/driver/cuda_error.h"

namespace kernelevolve::worker::gpu {
namespace {

Status Check(const Driver& driver, CuResult code, const std::string& what) {
  if (code == kCudaSuccess) return {};
  return Fail(ToError(driver, {code, what}));
}

}  // namespace

Status CopyToDevice(const Driver& driver, CuAddress to, const void* from,
                    uint64_t bytes) {
  if (bytes == 0) return {};
  return Check(driver, driver.MemcpyHtoD(to, from, bytes),
               format("copying {} bytes to the device", bytes));
}

Status CopyToHost(const Driver& driver, void* to, CuAddress from, uint64_t bytes) {
  if (bytes == 0) return {};
  return Check(driver, driver.MemcpyDtoH(to, from, bytes),
               format("copying {} bytes from the device", bytes));
}

Status LaunchAndWait(const Driver& driver, CuFunction function, unsigned blocks,
                     unsigned threads, void** parameters) {
  CuLaunchConfig config{};
  config.grid_x = blocks;
  config.grid_y = config.grid_z = 1;
  config.block_x = threads;
  config.block_y = config.block_z = 1;
  RETURN_IF_ERROR(Check(driver,
                        driver.LaunchKernelEx(&config, function, parameters, nullptr),
                        "launching a kernel of the judge"));
  return Check(driver, driver.CtxSynchronize(), "running a kernel of the judge");
}

Result<CuModule> LoadModule(const Driver& driver, const std::string& image) {
  CuModule module = nullptr;
  RETURN_IF_ERROR(Check(driver,
                        driver.ModuleLoadDataEx(&module, image.data(), 0, nullptr,
                                                nullptr),
                        "loading the judge's kernels"));
  return module;
}

Result<CuFunction> FindFunction(const Driver& driver, CuModule module,
                                const std::string& name) {
  CuFunction function = nullptr;
  RETURN_IF_ERROR(Check(driver,
                        driver.ModuleGetFunction(&function, module, name.c_str()),
                        "finding " + name));
  return function;
}

Result<CuAddress> Allocate(const Driver& driver, uint64_t bytes) {
  CuAddress address = 0;
  RETURN_IF_ERROR(Check(driver, driver.MemAlloc(&address, bytes),
                        format("allocating {} bytes", bytes)));
  return address;
}

}  // namespace kernelevolve::worker::gpu
