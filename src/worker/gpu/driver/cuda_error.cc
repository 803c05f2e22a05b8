#include "worker/gpu/driver/cuda_error.h"

#include "base/format.h"
#include "worker/gpu/driver/driver.h"

namespace kernelevolve::worker::gpu {

Error ToError(const Driver& driver, const CudaError& error) {
  return Error{ErrorCode::kInfrastructure,
               format("{}: {}", error.what, driver.Describe(error.code))};
}

bool IsOutOfMemory(const Error& error) {
  return error.message.find("CUDA_ERROR_OUT_OF_MEMORY") != std::string::npos;
}

bool IsSticky(CuResult code) {
  switch (code) {
    case kCudaEccUncorrectable:
    case kCudaNvlinkUncorrectable:
    case kCudaContained:
    case kCudaIllegalAddress:
    case kCudaLaunchTimeout:
    case kCudaContextIsDestroyed:
    case kCudaAssert:
    case kCudaHardwareStackError:
    case kCudaIllegalInstruction:
    case kCudaMisalignedAddress:
    case kCudaInvalidAddressSpace:
    case kCudaInvalidPc:
    case kCudaLaunchFailed:
    case kCudaTensorMemoryLeak:
    case kCudaExternalDevice:
    case kCudaUnknown:
      return true;
    default:
      return false;
  }
}

}  // namespace kernelevolve::worker::gpu
