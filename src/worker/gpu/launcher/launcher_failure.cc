#include <algorithm>
#include <string>

#include "base/format.h"
#include "base/text.h"
#include "worker/gpu/driver/cuda_types.h"
#include "worker/gpu/launcher/launcher_process.h"

namespace kernelevolve::worker::gpu {
namespace {

struct NamedCode {
  std::string_view name;
  Code code;
  std::string_view words;
};

// What the driver says, and whose doing it is when a candidate's plan runs.
constexpr NamedCode kCodes[] = {
    {"CUDA_ERROR_ILLEGAL_ADDRESS", Code::kGpuFault,
     "an access outside of the memory that was lent"},
    {"CUDA_ERROR_MISALIGNED_ADDRESS", Code::kGpuFault,
     "an access that is not aligned to its size"},
    {"CUDA_ERROR_INVALID_ADDRESS_SPACE", Code::kGpuFault,
     "an access in the wrong address space"},
    {"CUDA_ERROR_ILLEGAL_INSTRUCTION", Code::kGpuFault,
     "an instruction that the device does not have"},
    {"CUDA_ERROR_INVALID_PC", Code::kGpuFault, "a jump out of the kernel"},
    {"CUDA_ERROR_HARDWARE_STACK_ERROR", Code::kGpuFault, "the stack overflowed"},
    {"CUDA_ERROR_ASSERT", Code::kGpuFault, "a device-side assertion failed"},
    {"CUDA_ERROR_LAUNCH_FAILED", Code::kGpuFault, "the kernel failed"},
    {"CUDA_ERROR_LAUNCH_TIMEOUT", Code::kTimeout, "the kernel took too long"},
    {"CUDA_ERROR_OUT_OF_MEMORY", Code::kResource,
     "the device's memory does not hold the kernel's allocations, stack and "
     "variables"},
    {"CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", Code::kLaunchFail,
     "more registers, threads or shared memory than a block may have"},
    {"CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE", Code::kLaunchFail,
     "a cooperative grid that cannot be resident at once"},
    {"CUDA_ERROR_NO_BINARY_FOR_GPU", Code::kLaunchFail,
     "compiled for another architecture"},
    {"CUDA_ERROR_INVALID_IMAGE", Code::kLaunchFail, "no image for this device"},
    {"CUDA_ERROR_NOT_FOUND", Code::kLaunchFail, "a kernel that is not there"},
};

}  // namespace

bool IsDeviceTrouble(const CudaReport& report) {
  switch (report.code) {
    case kCudaDeviceUnavailable:
    case kCudaEccUncorrectable:
    case kCudaNvlinkUncorrectable:
    case kCudaContained:
    case kCudaContextIsDestroyed:
    case kCudaSystemNotReady:
    case kCudaExternalDevice:
      return true;
    default:
      return false;
  }
}

bool IsOutOfMemory(const Failure& failure) {
  return failure.code == Code::kResource && failure.check != "workspace_size" &&
         failure.check != "resource_limits";
}

bool MayBeBadAccess(const Failure& failure) {
  // As the driver calls them, and as PyTorch does.
  constexpr std::string_view kOthers[] = {
      "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address",
      "CUDA_ERROR_ILLEGAL_INSTRUCTION", "illegal instruction",
      "CUDA_ERROR_INVALID_PC", "invalid program counter",
      "CUDA_ERROR_HARDWARE_STACK_ERROR", "hardware stack error",
      "CUDA_ERROR_ASSERT", "device-side assert"};
  return failure.code == Code::kGpuFault &&
         std::ranges::none_of(kOthers, [&](std::string_view other) {
           return failure.message.find(other) != std::string::npos;
         });
}

Failure FailureOf(const CudaReport& report) {
  for (const NamedCode& known : kCodes)
    if (known.name == report.name)
      return {known.code,
              format("{} ({}): {}", known.words, report.name,
                     Sanitize(report.what, 300)), report.stage, ""};
  // Only what a kernel does on the device can end a context.
  return {report.sticky ? Code::kGpuFault : Code::kLaunchFail,
          format("{} at {}: {}", report.name, report.stage,
                 Sanitize(report.what, 300)), report.stage, ""};
}

}  // namespace kernelevolve::worker::gpu
