#include <kernelevolve/reference.h>

template <typename real>
void mbdt(const ke_call& call) {
  const int64_t features = ke::extent(call.inputs[0], 0);
  const int64_t batch = ke::extent(call.inputs[0], 1);
  const real* borders = ke::input<real>(call, 1);
  const int64_t* offsets = ke::input<int64_t>(call, 2);
  for (int64_t f = 0; f < features; ++f) {
    const real* values = ke::input<real>(call, 0) + f * batch;
    int32_t* bucket = ke::output<int32_t>(call, 0) + f * batch;
    for (int64_t i = 0; i < batch; ++i) {
      int32_t below = 0;
      for (int64_t j = offsets[f]; j < offsets[f + 1]; ++j) {
        below += borders[j] < values[i];
      }
      bucket[i] = below;
    }
  }
}

KE_REFERENCE(mbdt)
