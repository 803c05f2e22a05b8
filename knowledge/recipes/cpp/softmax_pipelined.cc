// ke:recipe softmax_pipelined
// ke:summary row-wise softmax, software pipeline over rows: one loop takes the max of a row, the exp of the row before it and scales the one before that; y leaves in whole cache lines
// ke:input x f32 [..., C]
// ke:output y f32 [..., C]
// ke:calls exp max
// ke:option STREAM in {1, 0}
// ke:option DEGREE in {5, 6}
// ke:tune LINES = 1 in {1, 2, 4}
// ke:tune AHEAD = 32 in {0, 8, 16, 32, 64, 128}
//
// Softmax has three phases with different needs: the max waits for reads from
// memory, the exp for the arithmetic units, the scaling for writes to memory.
// One after the other, each leaves the others' units idle. Here one loop works
// on a line of three neighbouring rows at a time, so all of them stay busy. The
// rows in flight (two of x, two of exponentials) live in the first two caches.
//
//   STREAM  1: non-temporal stores of y; 0: ordinary (y is read again soon)
//   DEGREE  of the polynomial in exp
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
constexpr int kBlock = LINES * kLine;
constexpr int kVecs = kBlock / kLanes;

typedef float Vec __attribute__((vector_size(4 * kLanes)));
typedef float VecAnywhere
    __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));
typedef int32_t VecInt __attribute__((vector_size(4 * kLanes)));

inline Vec Load(const float* p) { return *(const VecAnywhere*)p; }
inline void Store(float* p, Vec v) { *(VecAnywhere*)p = v; }

// The first n lanes from p, `rest` in the others; reads nothing behind p[n).
inline Vec LoadFirst(const float* p, int64_t n, float rest) {
  if (n >= kLanes) return Load(p);
  Vec v = Vec{} + rest;
#if defined(__AVX512F__)
  return _mm512_mask_loadu_ps(v, (__mmask16)((1u << n) - 1), p);
#elif defined(__AVX__)
  static const int32_t kMask[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  const VecInt mask = (VecInt)_mm256_loadu_ps((const float*)kMask + 8 - n);
  const Vec first = _mm256_maskload_ps(p, (__m256i)mask);
  return mask ? first : v;
#else
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

inline Vec Max(Vec a, Vec b) {
#if defined(__AVX512F__)
  return _mm512_max_ps(a, b);
#elif defined(__AVX__)
  return _mm256_max_ps(a, b);
#else
  return a > b ? a : b;
#endif
}

// exp(x) for x <= 0, within 2 ulp (DEGREE 5) or 1 (6); 0 below -87.7, NaN for
// NaN. x = n ln 2 + r; n is read off the low bits of a float so large that its
// ulp is 1. The polynomial is a tree, not a chain: latency is the limit here.
inline Vec Exp(Vec x) {
  constexpr float kShift = 12582912.0f + 127.0f;  // 1.5 * 2^23 + exponent bias
  x = Max(Vec{} - 88.0f, x);
  const Vec shifted = x * 1.44269504f + kShift;
  const Vec n = shifted - kShift;
  const Vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  const Vec r2 = r * r;
#if DEGREE == 5
  const Vec low = r * 1.66671142e-1f + 4.99992311e-1f;
  const Vec high = r * 8.31252057e-3f + 4.18901555e-2f;
#else
  const Vec low = r * 1.66665211e-1f + 4.99999940e-1f;
  const Vec high = r2 * 1.38145988e-3f + (r * 8.36871658e-3f + 4.16683890e-2f);
#endif
  const Vec p = r2 * (r2 * high + low) + (r + 1.0f);
  return p * (Vec)((VecInt)shifted << 23);
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

// A row on its way through the stages.
struct Row {
  const float* x;
  float* e;  // exponentials; behind them room for a line
  float max;
  float scale;  // 1 / sum
};

// Advances the given rows by a stage each; a null row is a bubble of the
// pipeline.
template <bool kScale, bool kExp, bool kMax>
void Step(Row* scale, Row* exp, Row* max, int64_t cols, LineWriter& y) {
  const auto scaled = [&](int64_t c) {
    return Load(scale->e + c) * scale->scale;
  };
  const int64_t head = kScale ? std::min(y.Gap(), cols) : 0;
  if constexpr (kScale)
    if (head > 0) y.Append(head, scaled);

  const int64_t body = (cols - head) / kBlock * kBlock;
  float* out = kScale ? y.Take(body) : nullptr;
  Vec top[kVecs], sum[kVecs] = {};
  for (Vec& t : top) t = Vec{} - INFINITY;
  for (int64_t c = 0; c < body; c += kBlock)
    for (int v = 0; v < kVecs; ++v) {
      const int64_t i = c + v * kLanes;
      if constexpr (kMax) {
        if (AHEAD != 0 && v * kLanes % kLine == 0)
          __builtin_prefetch(max->x + i + AHEAD * kLine);
        top[v] = Max(Load(max->x + i), top[v]);
      }
      if constexpr (kExp) {
        const Vec e = Exp(Load(exp->x + i) - exp->max);
        Store(exp->e + i, e);
        sum[v] += e;
      }
      if constexpr (kScale) Stream(out + i, scaled(head + i));
    }

  if constexpr (kScale)
    for (int64_t c = head + body; c < cols; c += kLine)
      y.Append(std::min<int64_t>(kLine, cols - c),
               [&](int64_t i) { return scaled(c + i); });
  if constexpr (kMax) {
    for (int64_t c = body; c < cols; c += kLanes)
      top[0] = Max(LoadFirst(max->x + c, cols - c, -INFINITY), top[0]);
    for (int v = 1; v < kVecs; ++v) top[0] = Max(top[v], top[0]);
    max->max = top[0][0];
    for (int i = 1; i < kLanes; ++i)
      max->max = top[0][i] > max->max ? top[0][i] : max->max;
  }
  if constexpr (kExp) {
    for (int64_t c = body; c < cols; c += kLanes) {
      const Vec e = Exp(LoadFirst(exp->x + c, cols - c, -INFINITY) - exp->max);
      Store(exp->e + c, e);
      sum[0] += e;
    }
    for (int v = 1; v < kVecs; ++v) sum[0] += sum[v];
    float total = 0;
    for (int i = 0; i < kLanes; ++i) total += sum[0][i];
    exp->scale = 1.0f / total;
  }
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  return 2 * (x.shape[x.rank - 1] + kLine) * sizeof(float);
}

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const int64_t cols = x.shape[x.rank - 1];
  int64_t rows = 1;
  for (int i = 0; i + 1 < x.rank; ++i) rows *= x.shape[i];

  float* scratch = (float*)call->workspace;
  LineWriter y((float*)call->outputs[OUT_y].data);
  const auto row = [&](int64_t r) {
    return Row{(const float*)x.data + r * cols,
               scratch + r % 2 * (cols + kLine), 0, 0};
  };
  Row first{}, second = row(0), third{};  // to scale, to exponentiate, to max
  Step<false, false, true>(nullptr, nullptr, &second, cols, y);
  for (int64_t r = 1; r <= rows + 1; ++r) {
    third = row(r);
    if (r == 1 && rows > 1)
      Step<false, true, true>(nullptr, &second, &third, cols, y);
    else if (r == 1)
      Step<false, true, false>(nullptr, &second, nullptr, cols, y);
    else if (r < rows)
      Step<true, true, true>(&first, &second, &third, cols, y);
    else if (r == rows)
      Step<true, true, false>(&first, &second, nullptr, cols, y);
    else
      Step<true, false, false>(&first, nullptr, nullptr, cols, y);
    first = second;
    second = third;
  }
  y.Finish();
  return 0;
}
