#include "worker/gpu/driver/primary_context.h"

#include "base/format.h"

namespace kernelevolve::worker::gpu {

Result<std::unique_ptr<PrimaryContext>> PrimaryContext::Create(
    const Driver& driver, int ordinal, unsigned flags) {
  const auto fail = [&](CuResult code) {
    return Fail(ToError(
        driver, CudaError{code, format("a context on device {}", ordinal)}));
  };
  CuDevice device = 0;
  if (const CuResult code = driver.DeviceGet(&device, ordinal); code != 0)
    return fail(code);
  // Refused where the context is active already: its flags then stay.
  driver.PrimaryCtxSetFlags(device, flags);
  CuContext context = nullptr;
  if (const CuResult code = driver.PrimaryCtxRetain(&context, device); code != 0)
    return fail(code);
  std::unique_ptr<PrimaryContext> made(
      new PrimaryContext(driver, device, context));
  RETURN_IF_ERROR(made->MakeCurrent());
  return made;
}

PrimaryContext::~PrimaryContext() {
  driver_.CtxSetCurrent(nullptr);
  driver_.PrimaryCtxRelease(device_);
}

Status PrimaryContext::MakeCurrent() {
  if (const CuResult code = driver_.CtxSetCurrent(context_); code != 0)
    return Fail(ToError(driver_, CudaError{code, "making a context current"}));
  return {};
}

}  // namespace kernelevolve::worker::gpu
