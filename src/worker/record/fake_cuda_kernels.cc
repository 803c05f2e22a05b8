// The calls by which a program announces device code and starts kernels, under
// the names and with the argument lists that nvcc's output wants.
#include <algorithm>

#include "base/format.h"
#include "worker/record/fake_cuda.h"

namespace kernelevolve::worker {
namespace {

constexpr int kFirstProgrammaticArch = 90;

int LaunchOf(const char* call, const void* function, const LaunchShape& shape,
             void** arguments) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  const CudaFunction* found = fake->modules.Find(function);
  if (!arguments && found && !found->facts.parameters.empty()) {
    fake->tape.Refuse(Code::kRunFailed, format("{} without arguments", call));
    return fake->Return(cuda::kInvalidValue);
  }
  return fake->Launch(function, shape, arguments);
}

// False, and a refusal, for what would change results if it were left out.
bool TakeAttribute(FakeCudaCall& fake, const cuda::LaunchAttribute& attribute,
                   LaunchShape* shape) {
  switch (attribute.id) {
    case cuda::kAttributeClusterDimension:
      shape->cluster = attribute.value.cluster;
      return true;
    case cuda::kAttributeCooperative:
      shape->cooperative = attribute.value.flag != 0;
      return true;
    case cuda::kAttributeProgrammaticSerialization:
      shape->programmatic = attribute.value.flag != 0;
      if (shape->programmatic && fake->device.arch < kFirstProgrammaticArch) {
        shape->programmatic = false;
        fake->tape.Note("programmatic dependent launch needs sm_90: kernels of a "
                        "stream run one after another here");
      }
      return true;
    case cuda::kAttributeIgnore:
    case cuda::kAttributeClusterScheduling:
    case cuda::kAttributePriority:
    case cuda::kAttributeSharedMemoryCarveout:
      return true;  // hints
    default:
      fake->tape.CannotHold(
          attribute.id == cuda::kAttributeProgrammaticEvent
              ? "a programmatic event"
              : format("launch attribute {}", attribute.id));
      return false;
  }
}

int SetFunctionAttribute(CudaFunction& function, const DeviceLimits& device,
                         int attribute, int value) {
  switch (attribute) {
    case cuda::kMaxDynamicSharedBytes: {
      const uint64_t most = device.shared_per_block_optin;
      if (value < 0 ||
          static_cast<uint64_t>(value) + function.facts.shared_bytes > most)
        return cuda::kInvalidValue;
      function.most_dynamic_shared = static_cast<uint64_t>(value);
      return cuda::kSuccess;
    }
    case cuda::kNonPortableClusterSize:
      function.large_clusters = value != 0;
      return cuda::kSuccess;
    case cuda::kPreferredSharedCarveout:
    case cuda::kClusterSchedulingPolicy:
      return cuda::kSuccess;  // hints
    default:
      return cuda::kInvalidValue;
  }
}

}  // namespace
}  // namespace kernelevolve::worker

namespace worker = kernelevolve::worker;
namespace cuda = kernelevolve::worker::cuda;
using worker::FakeCudaCall;

#pragma GCC visibility push(default)
extern "C" {

void** __cudaRegisterFatBinary(void* wrapper) {
  FakeCudaCall fake;
  return fake ? fake->modules.AddFatbin(wrapper) : nullptr;
}
void __cudaRegisterFatBinaryEnd(void**) {}
void __cudaUnregisterFatBinary(void**) {}
char __cudaInitModule(void**) { return 0; }

void __cudaRegisterFunction(void** module, const char* host_function, char*,
                            const char* name, int, void*, void*, void*, void*,
                            int*) {
  if (FakeCudaCall fake; fake)
    fake->modules.AddFunction(module, host_function, name);
}

void __cudaRegisterVar(void** module, char* host_variable, char*,
                       const char* name, int, size_t bytes, int, int) {
  if (FakeCudaCall fake; fake)
    fake->modules.AddVariable(module, host_variable, name, bytes);
}

void __cudaRegisterManagedVar(void**, void**, char*, const char*, int, size_t,
                              int, int) {
  if (FakeCudaCall fake; fake) fake->tape.CannotHold("a __managed__ variable");
}

unsigned __cudaPushCallConfiguration(cuda::Dim3 grid, cuda::Dim3 block,
                                     size_t shared_bytes, cuda::Stream stream) {
  if (FakeCudaCall fake; fake)
    fake->configurations.push_back({.grid = grid, .block = block,
                                    .shared_bytes = shared_bytes,
                                    .stream = stream});
  return 0;
}

int __cudaPopCallConfiguration(cuda::Dim3* grid, cuda::Dim3* block,
                               size_t* shared_bytes, void* stream) {
  FakeCudaCall fake;
  if (!fake || fake->configurations.empty()) return cuda::kInvalidConfiguration;
  const worker::LaunchShape shape = fake->configurations.back();
  fake->configurations.pop_back();
  *grid = shape.grid;
  *block = shape.block;
  *shared_bytes = shape.shared_bytes;
  *static_cast<cuda::Stream*>(stream) = shape.stream;
  return cuda::kSuccess;
}

int __cudaGetKernel(void** kernel, const void* host_function) {
  FakeCudaCall fake;
  *kernel = fake ? fake->modules.Find(host_function) : nullptr;
  return *kernel ? cuda::kSuccess : cuda::kInvalidDeviceFunction;
}

int cudaGetKernel(void** kernel, const void* host_function) {
  return __cudaGetKernel(kernel, host_function);
}

int __cudaLaunchKernel(void* kernel, cuda::Dim3 grid, cuda::Dim3 block,
                       void** arguments, size_t shared_bytes,
                       cuda::Stream stream) {
  return worker::LaunchOf("a launch", kernel,
                          {.grid = grid, .block = block,
                           .shared_bytes = shared_bytes, .stream = stream},
                          arguments);
}

int cudaLaunchKernel(const void* function, cuda::Dim3 grid, cuda::Dim3 block,
                     void** arguments, size_t shared_bytes,
                     cuda::Stream stream) {
  return worker::LaunchOf("cudaLaunchKernel", function,
                          {.grid = grid, .block = block,
                           .shared_bytes = shared_bytes, .stream = stream},
                          arguments);
}

int cudaLaunchCooperativeKernel(const void* function, cuda::Dim3 grid,
                                cuda::Dim3 block, void** arguments,
                                size_t shared_bytes, cuda::Stream stream) {
  return worker::LaunchOf("cudaLaunchCooperativeKernel", function,
                          {.grid = grid, .block = block,
                           .shared_bytes = shared_bytes, .stream = stream,
                           .cooperative = true},
                          arguments);
}

int cudaLaunchKernelExC(const cuda::LaunchConfig* config, const void* function,
                        void** arguments) {
  FakeCudaCall fake;
  if (!fake || !config) return cuda::kInvalidValue;
  worker::LaunchShape shape{.grid = config->grid, .block = config->block,
                            .shared_bytes = config->shared_bytes,
                            .stream = config->stream};
  for (unsigned i = 0; i < config->attribute_count; ++i)
    if (!worker::TakeAttribute(fake, config->attributes[i], &shape))
      return fake->Return(cuda::kNotSupported);
  return fake->Launch(function, shape, arguments);
}

int cudaFuncSetAttribute(const void* function, int attribute, int value) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  worker::CudaFunction* found = fake->modules.Find(function);
  if (!found) return fake->Return(cuda::kInvalidDeviceFunction);
  return fake->Return(
      worker::SetFunctionAttribute(*found, fake->device, attribute, value));
}

int cudaFuncSetCacheConfig(const void*, int) { return cuda::kSuccess; }

int cudaFuncGetAttributes(cuda::FunctionAttributes* out, const void* function) {
  FakeCudaCall fake;
  if (!fake || !out) return cuda::kInvalidValue;
  const worker::CudaFunction* found = fake->modules.Find(function);
  if (!found) return fake->Return(cuda::kInvalidDeviceFunction);
  *out = {};
  out->shared_bytes = found->facts.shared_bytes;
  out->local_bytes = found->facts.local_bytes;
  out->max_threads = found->facts.max_threads;
  out->registers = found->facts.registers;
  out->ptx_version = out->binary_version = fake->device.arch;
  out->max_dynamic_shared_bytes = static_cast<int>(found->most_dynamic_shared);
  return cuda::kSuccess;
}

}  // extern "C"
#pragma GCC visibility pop
