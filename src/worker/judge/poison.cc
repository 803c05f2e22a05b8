#include "worker/judge/poison.h"

#include "base/random.h"

namespace kernelevolve::worker {

// A NaN has neither no payload nor a full one, as those have that processors make;
// with 8 bits there is none besides, and the largest value is what saturation gives.
uint64_t PoisonWord(DType dtype, uint64_t bits, bool nan) {
  switch (dtype) {
    case DType::kF64:
      return nan ? 0x7ff8000000000000ull | (bits >> 16)
                 : 0x7fe0000000000000ull | (bits >> 16);
    case DType::kF32: {
      const uint64_t word = (nan ? 0x7fc00000u : 0x7f000000u) | (1 + bits % 0x3ffffeu);
      return word << 32 | word;
    }
    case DType::kF16:
    case DType::kBF16: {
      const bool half = dtype == DType::kF16;
      const uint64_t own = 1 + bits % 0x3e;
      const uint64_t word = nan ? (half ? 0x7e00u : 0x7fc0u) | own
                                : (half ? 0x7b00u : 0x7f00u) | own;
      return word << 48 | word << 32 | word << 16 | word;
    }
    case DType::kF8E4M3: return (0x78 + bits % 6) * 0x0101010101010101ull;
    case DType::kF8E5M2: return (0x78 + bits % 3) * 0x0101010101010101ull;
    case DType::kBool: {
      const uint64_t byte = 0x80 | (bits & 0x7f);  // no bool is ever that
      return byte * 0x0101010101010101ull;
    }
    case DType::kI32: return (bits & 0xffffffffu) << 32 | (bits & 0xffffffffu);
    case DType::kI16: return (bits & 0xffffu) * 0x0001000100010001ull;
    case DType::kI64: return bits;
    default: return (bits & 0xffu) * 0x0101010101010101ull;
  }
}

uint8_t CanaryByte(uint64_t seed, size_t at) {
  return static_cast<uint8_t>(MixBits(seed + at));
}

}  // namespace kernelevolve::worker
