// ke:recipe layernorm_pipelined
// ke:summary row-wise layer norm, software pipeline over rows: one loop sums a row, squares the row before it and normalises the one before that
// ke:input x f32 [..., C]
// ke:input weight f32 [C]
// ke:input bias f32 [C]
// ke:output y f32 [..., C]
// ke:attribute eps
// ke:calls sqrt
// ke:option STREAM in {1, 0}
// ke:tune LINES = 1 in {1, 2, 4}
// ke:tune AHEAD = 8 in {0, 4, 8, 16, 32, 64}
// ke:bindings
//
// y = (x - mean) / sqrt(variance + eps) * weight + bias, the variance from the
// squares of x - mean. The mean waits for reads from memory, the variance for
// arithmetic, the result for writes to memory; taken in turns, each leaves the
// others idle. Here one loop works on a line of three neighbouring rows at a
// time. Only the first of them comes from memory, the others are in cache.
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

float Total(const Vec (&acc)[kVecs]) {
  Vec all = acc[0];
  for (int v = 1; v < kVecs; ++v) all += acc[v];
  float sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += all[i];
  return sum;
}

struct Layer {
  const float* weight;
  const float* bias;
  int64_t cols;
  float eps;
};

// A row on its way through the stages.
struct Row {
  const float* x;
  float* y;
  float mean;
  float scale;  // 1 / sqrt(variance + eps)

  void One(const Layer& layer, int64_t c) const {
    y[c] = (x[c] - mean) * scale * layer.weight[c] + layer.bias[c];
  }
  void Lanes(const Layer& layer, int64_t c) const {
    Stream(y + c, (Load(x + c) - mean) * scale * Load(layer.weight + c) +
                      Load(layer.bias + c));
  }
};

template <class T>
inline T Square(T v) {
  return v * v;
}

// Advances the given rows by a stage each; a null row is a bubble of the
// pipeline. Whole lines of y are streamed, those that rows share are stored as
// usual.
template <bool kWrite, bool kSquare, bool kSum>
void Step(const Layer& layer, Row* write, Row* square, Row* sum) {
  const int64_t cols = layer.cols;
  Vec sums[kVecs] = {}, squares[kVecs] = {};
  int64_t head = 0;  // elements before y's first whole line
  if constexpr (kWrite)
    while (head < cols && (uintptr_t)(write->y + head) % 64 != 0)
      write->One(layer, head++);

  int64_t c = 0;
  for (; head + c + kBlock <= cols; c += kBlock)
    for (int v = 0; v < kVecs; ++v) {
      const int64_t i = c + v * kLanes;
      if constexpr (kSum) {
        if (AHEAD != 0 && v * kLanes % kLine == 0)
          __builtin_prefetch(sum->x + i + AHEAD * kLine);
        sums[v] += Load(sum->x + i);
      }
      if constexpr (kSquare)
        squares[v] += Square(Load(square->x + i) - square->mean);
      if constexpr (kWrite) write->Lanes(layer, head + i);
    }

  if constexpr (kWrite)
    for (int64_t i = head + c; i < cols; ++i) write->One(layer, i);
  const int64_t rest = c;
  if constexpr (kSum) {
    for (; c + kLanes <= cols; c += kLanes) sums[0] += Load(sum->x + c);
    float total = Total(sums);
    for (; c < cols; ++c) total += sum->x[c];
    sum->mean = total / (float)cols;
  }
  if constexpr (kSquare) {
    for (c = rest; c + kLanes <= cols; c += kLanes)
      squares[0] += Square(Load(square->x + c) - square->mean);
    float total = Total(squares);
    for (; c < cols; ++c) total += Square(square->x[c] - square->mean);
    square->scale = 1.0f / std::sqrt(total / (float)cols + layer.eps);
  }
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const int64_t cols = x.shape[x.rank - 1];
  int64_t rows = 1;
  for (int i = 0; i + 1 < x.rank; ++i) rows *= x.shape[i];

  const Layer layer{(const float*)call->inputs[IN_weight].data,
                    (const float*)call->inputs[IN_bias].data, cols,
                    (float)call->attributes[ATTR_eps]};
  const auto row = [&](int64_t r) {
    return Row{(const float*)x.data + r * cols,
               (float*)call->outputs[OUT_y].data + r * cols, 0, 0};
  };
  Row first{}, second = row(0), third{};  // to write, to square, to sum
  Step<false, false, true>(layer, nullptr, nullptr, &second);
  for (int64_t r = 1; r <= rows + 1; ++r) {
    third = row(r);
    if (r == 1 && rows > 1)
      Step<false, true, true>(layer, nullptr, &second, &third);
    else if (r == 1)
      Step<false, true, false>(layer, nullptr, &second, nullptr);
    else if (r < rows)
      Step<true, true, true>(layer, &first, &second, &third);
    else if (r == rows)
      Step<true, true, false>(layer, &first, &second, nullptr);
    else
      Step<true, false, false>(layer, &first, nullptr, nullptr);
    first = second;
    second = third;
  }
#if STREAM && defined(__AVX__)
  _mm_sfence();
#endif
  return 0;
}
