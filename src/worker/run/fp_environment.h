// The floating-point control registers of the calling thread (x86-64).
#pragma once

#include <xmmintrin.h>

#include <cstdint>

#include "worker/run/mailbox.h"

namespace kernelevolve::worker {

inline uint32_t ReadMxcsr() { return _mm_getcsr(); }

inline uint32_t ReadX87Control() {
  uint16_t word = 0;
  asm volatile("fnstcw %0" : "=m"(word));
  return word;
}

inline void SetDefaultFpEnvironment() {
  _mm_setcsr(kDefaultMxcsr);
  const uint16_t word = kDefaultX87Control;
  asm volatile("fldcw %0" : : "m"(word));
}

}  // namespace kernelevolve::worker
