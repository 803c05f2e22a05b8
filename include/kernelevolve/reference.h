// What a task's reference.cc is written against: one plain template over `real`
//
//     template <typename real>
//     void scale(const ke_call& call) {
//       const real* x = ke::input<real>(call, 0);
//       real* y = ke::output<real>(call, 0);
//       for (int64_t i = 0; i < ke::size(call.inputs[0]); ++i) y[i] = exp(x[i]);
//     }
//     KE_REFERENCE(scale)
//
// It is compiled three times over: with float it is the plain baseline, with
// double the oracle, and with ke::with_error it tells how large the rounding
// errors of plain code may be. Math functions are called unqualified. Write
// constants as real(0.5): a bare 0.5 would turn float code into double code.
#pragma once

#include <stdint.h>
#include <stdlib.h>  // not its c-prefixed twin, as with math.h

#include "kernelevolve/abi.h"
#include "kernelevolve/with_error.h"

namespace ke {

// Tensors -------------------------------------------------------------------
// T is `real` for floating tensors, else the declared integer type.
template <typename T>
inline const T* input(const ke_call& call, int index) {
  return static_cast<const T*>(call.inputs[index].data);
}

template <typename T>
inline T* output(const ke_call& call, int index) {
  return static_cast<T*>(call.outputs[index].data);
}

inline double attribute(const ke_call& call, int index) { return call.attributes[index]; }

inline int64_t extent(const ke_tensor& tensor, int axis) { return tensor.shape[axis]; }

inline int64_t size(const ke_tensor& tensor) {
  int64_t count = 1;
  for (int32_t axis = 0; axis < tensor.rank; ++axis) count *= tensor.shape[axis];
  return count;
}

}  // namespace ke

// Exports -------------------------------------------------------------------

#ifdef KE_REFERENCE_NO_FLOAT
#define KE_INTERNAL_REFERENCE_FLOAT(function)
#else
#define KE_INTERNAL_REFERENCE_FLOAT(function)  \
  extern "C" int ke_run(const ke_call* call) { \
    function<float>(*call);                    \
    return 0;                                  \
  }
#endif

#ifdef KE_REFERENCE_NO_ERROR
#define KE_INTERNAL_REFERENCE_ERROR(function)
#else
#define KE_INTERNAL_REFERENCE_ERROR(function)              \
  extern "C" int ke_reference_error(const ke_call* call) { \
    function<ke::with_error>(*call);                       \
    return 0;                                              \
  }
#endif

// ke_run and ke_reference_f64 take arrays of float and double for floating
// tensors, ke_reference_error takes and gives arrays of ke::with_error.
#define KE_REFERENCE(function)                           \
  KE_INTERNAL_REFERENCE_FLOAT(function)                  \
  KE_INTERNAL_REFERENCE_ERROR(function)                  \
  extern "C" int ke_reference_f64(const ke_call* call) { \
    function<double>(*call);                             \
    return 0;                                            \
  }
