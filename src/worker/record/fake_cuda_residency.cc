// The calls that would keep memory in the second-level cache from one call to the
// next, past what the judge flushes.
#include "worker/record/fake_cuda.h"

namespace kernelevolve::worker {
namespace {

constexpr int kPersistingL2Limit = 6;  // cudaLimitPersistingL2CacheSize
constexpr int kAccessPolicyWindow = 1;  // cudaStreamAttributeAccessPolicyWindow

int Decline(const char* call, bool keeps_lines) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  if (keeps_lines)
    fake->tape.Refuse(Code::kResidency,
                      "asks the second-level cache to keep its memory from one "
                      "call to the next");
  else
    fake->tape.CannotHold(call);
  return fake->Return(cuda::kNotSupported);
}

}  // namespace
}  // namespace kernelevolve::worker

namespace worker = kernelevolve::worker;
namespace cuda = kernelevolve::worker::cuda;

#pragma GCC visibility push(default)
extern "C" {

int cudaDeviceSetLimit(int limit, size_t) {
  return worker::Decline("cudaDeviceSetLimit",
                         limit == worker::kPersistingL2Limit);
}
int cudaStreamSetAttribute(cuda::Stream, int attribute, const void*) {
  return worker::Decline("cudaStreamSetAttribute",
                         attribute == worker::kAccessPolicyWindow);
}

}  // extern "C"
#pragma GCC visibility pop
