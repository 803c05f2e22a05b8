/* The contract between a kernel and the program that calls it. Plain C; used by
 * cpp, cuda, hip and by chips that are added as plug-ins.
 *
 * Tensors are contiguous and row-major. Outputs are allocated by the caller and
 * hold undefined values when ke_run is called; every element must be written.
 * Inputs are read-only. Base addresses are aligned to the element on CPUs, to
 * 16 bytes on GPUs, and no more. */
#ifndef KERNELEVOLVE_ABI_H_
#define KERNELEVOLVE_ABI_H_

#include <stdint.h>

#define KE_ABI_VERSION 1

enum ke_dtype {
  KE_F64 = 0,
  KE_F32 = 1,
  KE_F16 = 2,
  KE_BF16 = 3,
  KE_F8E4M3 = 4,
  KE_F8E5M2 = 5,
  KE_I64 = 6,
  KE_I32 = 7,
  KE_I16 = 8,
  KE_I8 = 9,
  KE_U8 = 10,
  KE_BOOL = 11
};

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ke_tensor {
  void* data;
  int32_t dtype; /* enum ke_dtype */
  int32_t rank;
  const int64_t* shape;
  const int64_t* strides; /* in elements */
} ke_tensor;

typedef struct ke_call {
  uint32_t abi_version; /* KE_ABI_VERSION */
  int32_t n_inputs, n_outputs, n_attributes;
  const ke_tensor* inputs;
  const ke_tensor* outputs;
  const double* attributes;
  void* workspace; /* contents undefined at every call */
  uint64_t workspace_bytes;
  void* stream; /* device stream or queue; null on CPUs */
  void* state;  /* what ke_setup returned; null without it */
} ke_call;

/* Required. 0 = done (or, on a device, launched); anything else is a failure. */
int ke_run(const ke_call* call);

/* Optional and pure: scratch bytes this shape needs; data pointers are null. */
uint64_t ke_workspace_bytes(const ke_call* call);

/* Optional: before the first call, and again when a shape, an attribute or the
 * values of a constant input change. Only constant inputs have data. Reported
 * apart from the time of ke_run. */
int ke_setup(const ke_call* call, void** state);

/* Optional: frees what ke_setup made. */
void ke_teardown(void* state);

#ifdef __cplusplus
}
#endif

#endif /* KERNELEVOLVE_ABI_H_ */
