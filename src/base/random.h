// Random numbers that are the same on every machine for the same seed. The
// standard library's distributions are not, so ours stand here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kernelevolve {

// splitmix64's finaliser: a bijection that spreads every input bit.
uint64_t MixBits(uint64_t value);

// xoshiro256**. Not for secrets; see SecretBytes.
class Random {
 public:
  explicit Random(uint64_t seed);
  uint64_t Next();
  // In [0, bound); bound > 0.
  uint64_t Below(uint64_t bound);
  // In [0, 1).
  double Uniform();
  // Standard normal.
  double Normal();
  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i)
      std::swap(items[i - 1], items[Below(i)]);
  }

 private:
  uint64_t state_[4];
};

// Bytes from the kernel's generator, for seeds a candidate must not guess.
std::string SecretBytes(size_t count);

}  // namespace kernelevolve
