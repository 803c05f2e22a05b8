// ke:recipe rmsnorm_pipelined
// ke:summary row-wise root-mean-square norm, software pipeline over rows: one loop sums the squares of a row and scales the row before it
// ke:input x f32 [..., C]
// ke:input weight f32 [C]
// ke:output y f32 [..., C]
// ke:attribute eps
// ke:calls sqrt
// ke:option STREAM in {1, 0}
// ke:tune LINES = 1 in {1, 2, 4}
// ke:tune AHEAD = 8 in {0, 4, 8, 16, 32, 64}
// ke:bindings
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

#include <cmath>
#include <cstdint>

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

// The row to scale, and where to.
struct Scaling {
  const float* x;
  const float* weight;
  float* y;
  float scale;

  void One(int64_t c) const { y[c] = x[c] * scale * weight[c]; }
  void Lanes(int64_t c) const {
    Stream(y + c, Load(x + c) * scale * Load(weight + c));
  }
};

// Scales one row and returns the sum of squares of `next`; either may be left
// out at the ends of the pipeline. Whole lines of y are streamed, those that
// rows share are stored as usual.
template <bool kScale, bool kSum>
float Step(const Scaling& row, const float* next, int64_t cols) {
  Vec acc[kVecs] = {};
  int64_t head = 0;  // elements before y's first whole line
  if constexpr (kScale)
    while (head < cols && (uintptr_t)(row.y + head) % 64 != 0) row.One(head++);

  int64_t c = 0;
  for (; head + c + kBlock <= cols; c += kBlock)
    for (int v = 0; v < kVecs; ++v) {
      const int64_t i = c + v * kLanes;
      if constexpr (kSum) {
        if (AHEAD != 0 && v * kLanes % kLine == 0)
          __builtin_prefetch(next + i + AHEAD * kLine);
        acc[v] += Load(next + i) * Load(next + i);
      }
      if constexpr (kScale) row.Lanes(head + i);
    }

  if constexpr (kScale)
    for (int64_t i = head + c; i < cols; ++i) row.One(i);
  if constexpr (!kSum) return 0;
  for (; c + kLanes <= cols; c += kLanes)
    acc[0] += Load(next + c) * Load(next + c);
  for (int v = 1; v < kVecs; ++v) acc[0] += acc[v];
  float sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += acc[0][i];
  for (; c < cols; ++c) sum += next[c] * next[c];
  return sum;
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const int64_t cols = x.shape[x.rank - 1];
  int64_t rows = 1;
  for (int i = 0; i + 1 < x.rank; ++i) rows *= x.shape[i];

  const float* in = (const float*)x.data;
  float* out = (float*)call->outputs[OUT_y].data;
  Scaling row{in, (const float*)call->inputs[IN_weight].data, out, 0};
  float sum = Step<false, true>(row, in, cols);
  for (int64_t r = 0; r < rows; ++r, row.x += cols, row.y += cols) {
    const float eps = (float)call->attributes[ATTR_eps];
    row.scale = 1.0f / std::sqrt(sum / (float)cols + eps);
    if (r + 1 < rows)
      sum = Step<true, true>(row, row.x + cols, cols);
    else
      Step<true, false>(row, nullptr, cols);
  }
#if STREAM && defined(__AVX__)
  _mm_sfence();
#endif
  return 0;
}
