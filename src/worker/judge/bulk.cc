#include "worker/judge/bulk.h"

#include <algorithm>
#include <cstring>

#include "worker/judge/vectorized.h"

namespace kernelevolve::worker {
namespace {

constexpr size_t kWord = sizeof(uint64_t);
constexpr size_t kBlockWords = 4096;

KE_VECTORIZED void FillWords(uint8_t* data, size_t words, uint64_t pattern) {
  for (size_t i = 0; i < words; ++i)
    std::memcpy(data + i * kWord, &pattern, kWord);
}

KE_VECTORIZED uint64_t Difference(const uint8_t* data, size_t words,
                                  uint64_t pattern) {
  uint64_t bits = 0;
  for (size_t i = 0; i < words; ++i) {
    uint64_t word;
    std::memcpy(&word, data + i * kWord, kWord);
    bits |= word ^ pattern;
  }
  return bits;
}

}  // namespace

void FillPattern(uint8_t* data, size_t bytes, uint64_t pattern) {
  const size_t words = bytes / kWord;
  FillWords(data, words, pattern);
  std::memcpy(data + words * kWord, &pattern, bytes % kWord);
}

bool HoldsPattern(const uint8_t* data, size_t bytes, uint64_t pattern) {
  const size_t words = bytes / kWord;
  for (size_t begin = 0; begin < words; begin += kBlockWords)
    if (Difference(data + begin * kWord, std::min(kBlockWords, words - begin),
                   pattern) != 0)
      return false;
  return std::memcmp(data + words * kWord, &pattern, bytes % kWord) == 0;
}

}  // namespace kernelevolve::worker
