#include "worker/timing/cache.h"

#include <cpuid.h>
#include <immintrin.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace kernelevolve::worker {
namespace {

constexpr size_t kLineBytes = 64;

bool HasClflushopt() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 23 & 1);
}

__attribute__((target("clflushopt"))) void FlushFast(const uint8_t* begin,
                                                     const uint8_t* end) {
  for (const uint8_t* line = begin; line < end; line += kLineBytes)
    _mm_clflushopt(const_cast<uint8_t*>(line));
}

void FlushPlain(const uint8_t* begin, const uint8_t* end) {
  for (const uint8_t* line = begin; line < end; line += kLineBytes)
    _mm_clflush(line);
}

uint64_t SumLines(const uint8_t* data, size_t bytes) {
  uint64_t sum = 0;
  for (size_t at = 0; at < bytes; at += kLineBytes)
    sum += *static_cast<const volatile uint8_t*>(data + at);
  return sum;
}

}  // namespace

void FlushLines(const uint8_t* data, size_t bytes) {
  static const bool fast = HasClflushopt();
  const uint8_t* begin =
      data - reinterpret_cast<uintptr_t>(data) % kLineBytes;
  (fast ? FlushFast : FlushPlain)(begin, data + bytes);
  _mm_mfence();
}

void TouchLines(const uint8_t* data, size_t bytes) { (void)SumLines(data, bytes); }

double ColdToHotRatio(size_t bytes) {
  using Clock = std::chrono::steady_clock;
  std::vector<uint8_t> buffer(bytes, 1);
  double best_cold = 1e9, best_hot = 1e9;
  for (int round = 0; round < 7; ++round) {
    FlushLines(buffer.data(), bytes);
    const auto start = Clock::now();
    TouchLines(buffer.data(), bytes);
    const auto middle = Clock::now();
    TouchLines(buffer.data(), bytes);
    const auto end = Clock::now();
    best_cold = std::min(best_cold, std::chrono::duration<double>(middle - start).count());
    best_hot = std::min(best_hot, std::chrono::duration<double>(end - middle).count());
  }
  return best_cold / best_hot;
}

}  // namespace kernelevolve::worker
