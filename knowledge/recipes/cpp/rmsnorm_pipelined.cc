// ke:recipe rmsnorm_pipelined
// ke:summary row-wise root-mean-square norm, software pipeline over rows: one loop sums the squares of a row and scales the row before it; y leaves in whole cache lines
// ke:input x f32 [..., C]
// ke:input weight f32 [C]
// ke:output y f32 [..., C]
// ke:attribute eps
// ke:calls sqrt
// ke:option STREAM in {1, 0}
// ke:tune LINES = 1 in {1, 2, 4}
// ke:tune AHEAD = 8 in {0, 4, 8, 16, 32, 64}
//
// y = x / sqrt(mean(x^2) + eps) * weight. The sum waits for reads from memory
// and the scaling for writes to it; taken in turns, each leaves the other idle.
// Here one loop reads a line of a row and writes a line of the row before it,
// which is still in cache, so both directions stay busy.
//
//   STREAM  1: non-temporal stores of y; 0: ordinary (y is read again soon)
//   LINES   cache lines of each row per iteration
//   AHEAD   lines the reads are prefetched ahead; 0 leaves it to the hardware

#include <immintrin.h>
#include <kernelevolve/abi.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

// ke:bindings

namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#else
constexpr int kLanes = 8;
#endif
constexpr int kLine = 16;  // floats of a cache line
constexpr int kVecs = LINES * kLine / kLanes;

typedef float Vec __attribute__((vector_size(4 * kLanes)));
typedef float VecAnywhere
    __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));
typedef int32_t VecInt __attribute__((vector_size(4 * kLanes)));

inline Vec Load(const float* p) { return *(const VecAnywhere*)p; }
inline void Store(float* p, Vec v) { *(VecAnywhere*)p = v; }

// The first n lanes from p, zero in the others; reads nothing behind p[n).
inline Vec LoadFirst(const float* p, int64_t n) {
  if (n >= kLanes) return Load(p);
  if (n <= 0) return Vec{};
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#elif defined(__AVX__)
  static const int32_t kMask[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  const auto mask = (VecInt)_mm256_loadu_ps((const float*)kMask + 8 - n);
  return _mm256_maskload_ps(p, (__m256i)mask);
#else
  Vec v = {};
  for (int i = 0; i < n; ++i) v[i] = p[i];
  return v;
#endif
}

// To a whole vector's alignment; past the caches if STREAM.
inline void Stream(float* p, Vec v) {
#if STREAM && defined(__AVX512F__)
  _mm512_stream_ps(p, v);
#elif STREAM && defined(__AVX__)
  _mm256_stream_ps(p, v);
#else
  Store(p, v);
#endif
}

// Writes y as a stream of whole cache lines, also where rows do not end on one:
// the last elements of a row wait here for the first of the next. A line
// written half past the cache and half through it would cost a round trip.
class LineWriter {
 public:
  explicit LineWriter(float* y)
      : line_(y - (uintptr_t)y % 64 / 4), skip_(y - line_), filled_(skip_) {}

  // Elements before the next line starts.
  int64_t Gap() const { return (kLine - filled_) % kLine; }

  // Appends the first n <= kLine elements that value(0), value(kLanes)… hold.
  template <class F>
  void Append(int64_t n, F value) {
    for (int i = 0; i < kLine; i += kLanes)
      Store(part_ + filled_ + i, value(i));
    filled_ += n;
    if (filled_ < kLine) return;
    if (skip_ != 0) {
      std::copy(part_ + skip_, part_ + kLine, line_ + skip_);
      skip_ = 0;
    } else {
      for (int i = 0; i < kLine; i += kLanes)
        Stream(line_ + i, Load(part_ + i));
    }
    for (int i = 0; i < kLine; i += kLanes)
      Store(part_ + i, Load(part_ + kLine + i));
    filled_ -= kLine;
    line_ += kLine;
  }

  // Where to stream n elements, whole lines, the caller's part; Gap() is 0.
  float* Take(int64_t n) {
    line_ += n;
    return line_ - n;
  }

  void Finish() {
    std::copy(part_ + skip_, part_ + filled_, line_ + skip_);
#if STREAM && defined(__AVX__)
    _mm_sfence();
#endif
  }

 private:
  float* line_;     // the line being filled
  int64_t skip_;    // elements of the first line that are not y's
  int64_t filled_;  // elements of part_ that wait
  alignas(64) float part_[2 * kLine] = {};
};

// Scales a row by `scale` and returns the sum of squares of `next`; either row
// may be null, at the ends of the pipeline.
template <bool kScale, bool kSum>
float Step(const float* x, float scale, const float* weight, LineWriter* y,
           const float* next, int64_t cols) {
  const auto scaled = [&](int64_t c) {  // lanes behind the row are zero
    return LoadFirst(x + c, cols - c) * scale * LoadFirst(weight + c, cols - c);
  };
  const int64_t head = kScale ? std::min(y->Gap(), cols) : 0;
  if (head > 0) y->Append(head, scaled);

  const int64_t blocks = (cols - head) / (LINES * kLine);
  float* out = kScale ? y->Take(blocks * LINES * kLine) : nullptr;
  Vec acc[kVecs] = {};
  for (int64_t c = 0; c < blocks * LINES * kLine; c += LINES * kLine)
    for (int v = 0; v < kVecs; ++v) {
      const int64_t i = c + v * kLanes;
      if constexpr (kSum) {
        if (AHEAD != 0 && v * kLanes % kLine == 0)
          __builtin_prefetch(next + i + AHEAD * kLine);
        acc[v] += Load(next + i) * Load(next + i);
      }
      if constexpr (kScale)
        Stream(out + i,
               Load(x + head + i) * scale * Load(weight + head + i));
    }

  const int64_t done = blocks * LINES * kLine;
  if constexpr (kScale)
    for (int64_t c = head + done; c < cols; c += kLine)
      y->Append(std::min<int64_t>(kLine, cols - c),
                [&](int i) { return scaled(c + i); });
  float sum = 0;
  if constexpr (kSum) {
    for (int64_t c = done; c < cols; c += kLanes) {
      const Vec v = LoadFirst(next + c, cols - c);
      acc[0] += v * v;
    }
    for (int v = 1; v < kVecs; ++v) acc[0] += acc[v];
    for (int i = 0; i < kLanes; ++i) sum += acc[0][i];
  }
  return sum;
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const int64_t cols = x.shape[x.rank - 1];
  int64_t rows = 1;
  for (int i = 0; i + 1 < x.rank; ++i) rows *= x.shape[i];

  const float* row = (const float*)x.data;
  const float* weight = (const float*)call->inputs[IN_weight].data;
  const float eps = (float)call->attributes[ATTR_eps];
  LineWriter y((float*)call->outputs[OUT_y].data);
  float sum = Step<false, true>(nullptr, 0, nullptr, nullptr, row, cols);
  for (int64_t r = 0; r < rows; ++r, row += cols) {
    const float scale = 1.0f / std::sqrt(sum / (float)cols + eps);
    if (r + 1 < rows)
      sum = Step<true, true>(row, scale, weight, &y, row + cols, cols);
    else
      Step<true, false>(row, scale, weight, &y, nullptr, cols);
  }
  y.Finish();
  return 0;
}
