// ke:recipe rmsnorm_staged
// ke:summary row-wise root-mean-square norm, one trip to memory: squares are summed as a row arrives, then it is scaled from cache while the next one is prefetched
// ke:input x f32 [..., C]
// ke:input weight f32 [C]
// ke:output y f32 [..., C]
// ke:attribute eps
// ke:calls sqrt
// ke:option STREAM in {1, 0}
// ke:tune UNROLL = 4 in {1, 2, 4, 8}
// ke:tune PREFETCH = 1 in {0, 1, 2}
//
// y = x / sqrt(mean(x^2) + eps) * weight. With cold caches the floor is the
// 4 bytes read and 4 written per element, so a row must be read from memory
// once, memory must not idle while it is scaled, and writing y must not first
// fetch what it overwrites.
//
//   STREAM    1: non-temporal stores of y; 0: ordinary (y is read again soon)
//   UNROLL    independent accumulators of squares
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

inline Vec Load(const float* p) { return *(const VecAnywhere*)p; }

// To a whole vector's alignment; past the caches if STREAM.
inline void Stream(float* p, Vec v) {
#if STREAM && defined(__AVX512F__)
  _mm512_stream_ps(p, v);
#elif STREAM && defined(__AVX__)
  _mm256_stream_ps(p, v);
#else
  *(VecAnywhere*)p = v;
#endif
}

float SumOfSquares(const float* x, int64_t cols) {
  Vec acc[UNROLL] = {};
  int64_t c = 0;
  for (; c + kStep <= cols; c += kStep)
    for (int u = 0; u < UNROLL; ++u) {
      const Vec v = Load(x + c + u * kLanes);
      acc[u] += v * v;
    }
  for (; c + kLanes <= cols; c += kLanes) acc[0] += Load(x + c) * Load(x + c);
  for (int u = 1; u < UNROLL; ++u) acc[0] += acc[u];
  float sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += acc[0][i];
  for (; c < cols; ++c) sum += x[c] * x[c];
  return sum;
}

// Whole lines of y are streamed; those that rows share are stored as usual: a
// line written half past the cache and half through it costs a round trip.
void Scale(const float* x, float scale, const float* weight, float* y,
           int64_t cols) {
  int64_t c = 0;
  for (; c < cols && (uintptr_t)(y + c) % 64 != 0; ++c)
    y[c] = x[c] * scale * weight[c];
  for (; c + kLine <= cols; c += kLine) {
    if (PREFETCH != 0)
      __builtin_prefetch(x + cols + c, 0, PREFETCH == 1 ? 3 : 2);
    for (int i = 0; i < kLine; i += kLanes)
      Stream(y + c + i, Load(x + c + i) * scale * Load(weight + c + i));
  }
  for (; c < cols; ++c) y[c] = x[c] * scale * weight[c];
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const int64_t cols = x.shape[x.rank - 1];
  int64_t rows = 1;
  for (int i = 0; i + 1 < x.rank; ++i) rows *= x.shape[i];

  const float* in = (const float*)x.data;
  const float* weight = (const float*)call->inputs[IN_weight].data;
  float* out = (float*)call->outputs[OUT_y].data;
  const float eps = (float)call->attributes[ATTR_eps];
  for (int64_t r = 0; r < rows; ++r, in += cols, out += cols) {
    const float mean = SumOfSquares(in, cols) / (float)cols;
    Scale(in, 1.0f / std::sqrt(mean + eps), weight, out, cols);
  }
#if STREAM && defined(__AVX__)
  _mm_sfence();
#endif
  return 0;
}
