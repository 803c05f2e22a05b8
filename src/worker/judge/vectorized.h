// KE_VECTORIZED: for the few loops over whole tensors that decide what a
// verdict costs. Compiled for several widths of vector unit; the widest that
// this CPU has is chosen when the program starts. Without effect under
// sanitizers, whose run time is not up yet when that choice is made.
#pragma once

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define KE_VECTORIZED \
  __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#else
#define KE_VECTORIZED
#endif
