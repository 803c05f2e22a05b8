#include "base/random.h"

#include <sys/random.h>

#include <cmath>
#include <numbers>

#include "base/check.h"

namespace kernelevolve {

uint64_t MixBits(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

Random::Random(uint64_t seed) {
  for (uint64_t& word : state_) word = MixBits(seed += 0x9e3779b97f4a7c15ull);
}

uint64_t Random::Next() {
  const auto rotate = [](uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
  };
  const uint64_t result = rotate(state_[1] * 5, 7) * 9;
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotate(state_[3], 45);
  return result;
}

uint64_t Random::Below(uint64_t bound) {
  CHECK(bound > 0);
  const uint64_t reject_below = -bound % bound;
  uint64_t draw = Next();
  while (draw < reject_below) draw = Next();
  return draw % bound;
}

double Random::Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

double Random::Normal() {
  const double radius = std::sqrt(-2 * std::log(1 - Uniform()));
  return radius * std::cos(2 * std::numbers::pi * Uniform());
}

std::string SecretBytes(size_t count) {
  std::string bytes(count, '\0');
  size_t done = 0;
  while (done < count) {
    const ssize_t got = getrandom(bytes.data() + done, count - done, 0);
    CHECK(got > 0);
    done += static_cast<size_t>(got);
  }
  return bytes;
}

}  // namespace kernelevolve
