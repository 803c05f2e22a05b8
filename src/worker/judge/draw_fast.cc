// The draws that a timed call waits for: float32 as declared, a few
// instructions per element, so that fresh inputs cost less than the kernel.
#include <algorithm>
#include <vector>

#include "base/random.h"
#include "worker/judge/draw.h"
#include "worker/judge/vectorized.h"

namespace kernelevolve::worker {
namespace {

// Two rounds of a 32-bit finaliser keyed by both halves of the seed.
inline uint32_t BitsOf(uint32_t index, uint32_t key, uint32_t second_key) {
  uint32_t h = index * 0x9e3779b9u + key;
  h = (h ^ h >> 16) * 0x7feb352du;
  h = (h ^ h >> 15) * 0x846ca68bu;
  h ^= h >> 16 ^ second_key;
  h = (h ^ h >> 16) * 0x21f0aaadu;
  return h ^ h >> 15;
}

// Near a standard normal: the sum of four uniform 16-bit numbers, which has its
// shape up to 2 deviations, through the odd polynomial that bends its tails.
// Quantiles are right to 0.01 up to 3 deviations, to 0.04 up to 4; the largest
// value is 4.9.
inline float NormalOf(uint32_t first, uint32_t second) {
  const auto sum = static_cast<int32_t>((first & 0xffff) + (first >> 16) +
                                        (second & 0xffff) + (second >> 16));
  const float t = static_cast<float>(sum - 131070) * 0x1p-16f;  // -2 .. 2
  const float t2 = t * t;
  return t * (1.66086629f +
              t2 * (0.08645586f + t2 * (-0.03179447f + t2 * 0.01496687f)));
}

struct Normal {
  float mean, deviation;
};

KE_VECTORIZED void FillNormal(Normal normal, uint64_t seed, float* out,
                              uint32_t count) {
  const auto key = static_cast<uint32_t>(seed);
  const auto second = static_cast<uint32_t>(seed >> 32);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t bits = BitsOf(i, key, second);
    const uint32_t more = (bits ^ bits >> 15) * 0x846ca68bu;
    out[i] = normal.mean + normal.deviation * NormalOf(bits, more ^ more >> 16);
  }
}

// In [from, to]: the last rounding must not leave it.
KE_VECTORIZED void FillUniform(float from, float to, uint64_t seed, float* out,
                               uint32_t count) {
  const auto key = static_cast<uint32_t>(seed);
  const auto second = static_cast<uint32_t>(seed >> 32);
  const float span = to - from;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t bits = BitsOf(i, key, second);
    const auto share = static_cast<float>(static_cast<int32_t>(bits >> 8));
    const float value = from + share * 0x1p-24f * span;
    out[i] = value < to ? value : to;
  }
}

}  // namespace

bool DrawDeclaredFloats(const ValueSpec& spec, const std::vector<double>& arguments,
                        uint64_t seed, float* out, int64_t count) {
  using Kind = ValueSpec::Kind;
  // Indices are 32 bits wide: a block of its own seed for every 2^31 elements.
  constexpr int64_t kBlock = int64_t{1} << 31;
  if (spec.kind != Kind::kNormal && spec.kind != Kind::kUniform) return false;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const auto part = static_cast<uint32_t>(std::min(kBlock, count - begin));
    const uint64_t key = MixBits(seed + static_cast<uint64_t>(begin));
    const auto first = static_cast<float>(arguments[0]);
    const auto second = static_cast<float>(arguments[1]);
    if (spec.kind == Kind::kNormal)
      FillNormal({first, second}, key, out + begin, part);
    else
      FillUniform(first, second, key, out + begin, part);
  }
  return true;
}

}  // namespace kernelevolve::worker
