// ke:recipe gelu_bias
// ke:summary bias and exact GELU in one sweep: the error function as one rational function, y leaves in whole cache lines
// ke:input x f32 [..., C]
// ke:input bias f32 [C]
// ke:output y f32 [..., C]
// ke:calls erf
// ke:option STREAM in {1, 0}
// ke:tune LINES = 1 in {1, 2, 4}
// ke:tune AHEAD = 8 in {0, 4, 8, 16, 32, 64}
//
// y = v (1 + erf(v / sqrt 2)) / 2 with v = x + bias. Reading x and writing y
// take about as long as 6 cycles for 8 elements, so the error function must
// cost little more: one rational function without a branch, whose division runs
// beside the multiplications.
//
//   STREAM  1: non-temporal stores of y; 0: ordinary (y is read again soon)
//   LINES   cache lines per iteration
//   AHEAD   lines the reads are prefetched ahead; 0 leaves it to the hardware

#include <immintrin.h>
#include <kernelevolve/abi.h>

#include <algorithm>
#include <cstdint>

// ke:bindings

namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#else
constexpr int kLanes = 8;
#endif
constexpr int kLine = 16;  // floats of a cache line
constexpr int kBlock = LINES * kLine;

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

inline Vec Abs(Vec v) { return (Vec)((VecInt)v & 0x7fffffff); }

// v (1 + erf(v / sqrt 2)) / 2 as v / 2 + |v| / 2 * erf(|v| / sqrt 2). The erf
// is |v| P(v^2) / Q(v^2), minimax in relative error (0.2 u on paper, up to 5 u
// in float arithmetic), below 5.42; from there on it is 1 in float. The
// comparison also discards what overflows in P and Q; NaN comes through v.
inline Vec Gelu(Vec v) {
  const Vec t = v * v, a = Abs(v), half = v * 0.5f;
  Vec p = t * 4.69146286e-8f + 1.26370460e-5f;
  Vec q = t * 1.21556617e-6f + 7.13573972e-5f;
  p = p * t + 3.22865351e-4f;
  q = q * t + 1.84282486e-3f;
  p = p * t + 9.26640164e-3f;
  q = q * t + 2.82252524e-2f;
  p = p * t + 6.62239417e-2f;
  q = q * t + 2.49665856e-1f;
  p = p * t + 7.97884524e-1f;
  q = q * t + 1.0f;
  const Vec erf = a < 5.42f ? a * p / q : Vec{} + 1.0f;
  return Abs(half) * erf + half;
}

void Row(const float* x, const float* bias, int64_t cols, LineWriter& y) {
  const auto part = [&](int64_t c) {  // the rest of the row, then zeros
    return Gelu(LoadFirst(x + c, cols - c) + LoadFirst(bias + c, cols - c));
  };
  const int64_t head = std::min(y.Gap(), cols);
  if (head > 0) y.Append(head, part);

  const int64_t body = (cols - head) / kBlock * kBlock;
  float* out = y.Take(body);
  for (int64_t c = 0; c < body; c += kBlock)
    for (int64_t i = c; i < c + kBlock; i += kLanes) {
      if (AHEAD != 0 && i % kLine == 0)
        __builtin_prefetch(x + head + i + AHEAD * kLine);
      Stream(out + i, Gelu(Load(x + head + i) + Load(bias + head + i)));
    }

  for (int64_t c = head + body; c < cols; c += kLine)
    y.Append(std::min<int64_t>(kLine, cols - c),
             [&](int64_t i) { return part(c + i); });
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const int64_t cols = x.shape[x.rank - 1];
  int64_t rows = 1;
  for (int i = 0; i + 1 < x.rank; ++i) rows *= x.shape[i];

  const float* in = (const float*)x.data;
  const float* bias = (const float*)call->inputs[IN_bias].data;
  LineWriter y((float*)call->outputs[OUT_y].data);
  for (int64_t r = 0; r < rows; ++r) Row(in + r * cols, bias, cols, y);
  y.Finish();
  return 0;
}
