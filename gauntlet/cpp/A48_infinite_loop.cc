// Waits for a sum to change that nobody changes.
#include <kernelevolve/abi.h>

extern "C" int ke_run(const ke_call* call) {
  const volatile float* a = static_cast<const float*>(call->inputs[0].data);
  const float first = a[0];
  while (a[0] == first || first != first) {
  }
  return 0;
}
