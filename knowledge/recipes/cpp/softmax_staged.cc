// ke:recipe softmax_staged
// ke:summary row-wise softmax, one trip to memory: a row stays in cache for the sweeps max, exp + sum, scale, while the next row is prefetched
// ke:input x f32 [..., C]
// ke:output y f32 [..., C]
// ke:calls exp max
// ke:option STREAM in {1, 0}
// ke:option DEGREE in {5, 6}
// ke:option DIVIDE in {0, 1}
// ke:tune UNROLL = 4 in {1, 2, 4, 8}
// ke:tune PREFETCH = 1 in {0, 1, 2}
//
// The caches are cold, so the floor is 4 bytes in and 4 bytes out per element.
// A plain loop pays more: it waits for memory in the max sweep and computes in
// the others, and each store first fetches the line it is about to overwrite.
// Here the exponentials of a row go to a scratch row that never leaves the
// cache, the lines of the next row arrive during the exp sweep, and the last
// sweep writes y past the caches.
//
//   STREAM    1: non-temporal stores of y; 0: ordinary (y is read again soon)
//   DEGREE    of the polynomial in exp
//   DIVIDE    1: divide by the sum; 0: multiply by its reciprocal
//   UNROLL    independent vectors in the sweeps over x
//   PREFETCH  the next row: 0 left to the hardware, 1 into L1, 2 into L2

#include <immintrin.h>
#include <kernelevolve/abi.h>

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
constexpr int kStep = kLanes * UNROLL;

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

float RowMax(const float* x, int64_t cols) {
  Vec acc[UNROLL];
  for (Vec& a : acc) a = Vec{} - INFINITY;
  int64_t c = 0;
  for (; c + kStep <= cols; c += kStep)
    for (int u = 0; u < UNROLL; ++u)
      acc[u] = Max(Load(x + c + u * kLanes), acc[u]);
  for (; c < cols; c += kLanes)
    acc[0] = Max(LoadFirst(x + c, cols - c, -INFINITY), acc[0]);
  for (int u = 1; u < UNROLL; ++u) acc[0] = Max(acc[u], acc[0]);
  float max = acc[0][0];
  for (int i = 1; i < kLanes; ++i) max = acc[0][i] > max ? acc[0][i] : max;
  return max;
}

// Writes exp(x - max) to e, up to the next whole vector, and returns the sum.
float RowExp(const float* x, float max, float* e, int64_t cols) {
  Vec acc[UNROLL] = {};
  int64_t c = 0;
  for (; c + kStep <= cols; c += kStep) {
    if (PREFETCH != 0)
      for (int i = 0; i < kStep; i += kLine)
        __builtin_prefetch(x + cols + c + i, 0, PREFETCH == 1 ? 3 : 2);
    for (int u = 0; u < UNROLL; ++u) {
      const Vec v = Exp(Load(x + c + u * kLanes) - max);
      Store(e + c + u * kLanes, v);
      acc[u] += v;
    }
  }
  for (; c < cols; c += kLanes) {
    const Vec v = Exp(LoadFirst(x + c, cols - c, -INFINITY) - max);
    Store(e + c, v);
    acc[0] += v;
  }
  for (int u = 1; u < UNROLL; ++u) acc[0] += acc[u];
  float sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += acc[0][i];
  return sum;
}

// Whole lines of y are streamed; those that rows share are stored as usual: a
// line written half past the cache and half through it costs a round trip.
void RowScale(const float* e, float sum, float* y, int64_t cols) {
#if DIVIDE
  const auto scaled = [=](auto v) { return v / sum; };
#else
  const float reciprocal = 1.0f / sum;
  const auto scaled = [=](auto v) { return v * reciprocal; };
#endif
  int64_t c = 0;
  for (; c < cols && (uintptr_t)(y + c) % 64 != 0; ++c) y[c] = scaled(e[c]);
  for (; c + kLine <= cols; c += kLine)
    for (int i = 0; i < kLine; i += kLanes)
      Stream(y + c + i, scaled(Load(e + c + i)));
  for (; c < cols; ++c) y[c] = scaled(e[c]);
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  return (x.shape[x.rank - 1] + kLanes) * sizeof(float);
}

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const int64_t cols = x.shape[x.rank - 1];
  int64_t rows = 1;
  for (int i = 0; i + 1 < x.rank; ++i) rows *= x.shape[i];

  const float* in = (const float*)x.data;
  float* out = (float*)call->outputs[OUT_y].data;
  float* scratch = (float*)call->workspace;
  for (int64_t r = 0; r < rows; ++r, in += cols, out += cols) {
    const float max = RowMax(in, cols);
    const float sum = RowExp(in, max, scratch, cols);
    RowScale(scratch, sum, out, cols);
  }
#if STREAM && defined(__AVX__)
  _mm_sfence();
#endif
  return 0;
}
