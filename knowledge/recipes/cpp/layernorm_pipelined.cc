// ke:recipe layernorm_pipelined
// ke:summary row-wise layer norm, software pipeline over rows: one loop sums a row, squares the row before it and normalises the one before that; y leaves in whole cache lines
// ke:input x f32 [..., C]
// ke:input weight f32 [C]
// ke:input bias f32 [C]
// ke:output y f32 [..., C]
// ke:attribute eps
// ke:calls sqrt
// ke:option STREAM in {1, 0}
// ke:tune LINES = 1 in {1, 2, 4}
// ke:tune AHEAD = 8 in {0, 4, 8, 16, 32, 64}
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
  float mean;
  float scale;  // 1 / sqrt(variance + eps)
};

// Advances the given rows by a stage each; a null row is a bubble of the
// pipeline.
template <bool kWrite, bool kSquare, bool kSum>
void Step(const Layer& layer, Row* write, Row* square, Row* sum,
          LineWriter& y) {
  const int64_t cols = layer.cols;
  const auto normal = [&](auto load, int64_t c) {
    return (load(write->x, c) - write->mean) * write->scale *
               load(layer.weight, c) + load(layer.bias, c);
  };
  const auto whole = [](const float* p, int64_t c) { return Load(p + c); };
  const auto first = [cols](const float* p, int64_t c) {
    return LoadFirst(p + c, cols - c);
  };
  const int64_t head = kWrite ? std::min(y.Gap(), cols) : 0;
  if constexpr (kWrite)
    if (head > 0) y.Append(head, [&](int64_t i) { return normal(first, i); });

  const int64_t body = (cols - head) / kBlock * kBlock;
  float* out = kWrite ? y.Take(body) : nullptr;
  Vec sums[kVecs] = {}, squares[kVecs] = {};
  for (int64_t c = 0; c < body; c += kBlock)
    for (int v = 0; v < kVecs; ++v) {
      const int64_t i = c + v * kLanes;
      if constexpr (kSum) {
        if (AHEAD != 0 && v * kLanes % kLine == 0)
          __builtin_prefetch(sum->x + i + AHEAD * kLine);
        sums[v] += Load(sum->x + i);
      }
      if constexpr (kSquare) {
        const Vec centred = Load(square->x + i) - square->mean;
        squares[v] += centred * centred;
      }
      if constexpr (kWrite) Stream(out + i, normal(whole, head + i));
    }

  if constexpr (kWrite)
    for (int64_t c = head + body; c < cols; c += kLine)
      y.Append(std::min<int64_t>(kLine, cols - c),
               [&](int64_t i) { return normal(first, c + i); });
  if constexpr (kSum) {
    for (int64_t c = body; c < cols; c += kLanes)
      sums[0] += first(sum->x, c);
    sum->mean = Total(sums) / (float)cols;
  }
  if constexpr (kSquare) {
    int64_t c = body;
    for (; c + kLanes <= cols; c += kLanes) {
      const Vec centred = Load(square->x + c) - square->mean;
      squares[0] += centred * centred;
    }
    float total = Total(squares);
    for (; c < cols; ++c) {
      const float centred = square->x[c] - square->mean;
      total += centred * centred;
    }
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
    return Row{(const float*)x.data + r * cols, 0, 0};
  };
  LineWriter y((float*)call->outputs[OUT_y].data);
  Row first{}, second = row(0), third{};  // to write, to square, to sum
  Step<false, false, true>(layer, nullptr, nullptr, &second, y);
  for (int64_t r = 1; r <= rows + 1; ++r) {
    third = row(r);
    if (r == 1 && rows > 1)
      Step<false, true, true>(layer, nullptr, &second, &third, y);
    else if (r == 1)
      Step<false, true, false>(layer, nullptr, &second, nullptr, y);
    else if (r < rows)
      Step<true, true, true>(layer, &first, &second, &third, y);
    else if (r == rows)
      Step<true, true, false>(layer, &first, &second, nullptr, y);
    else
      Step<true, false, false>(layer, &first, nullptr, nullptr, y);
    first = second;
    second = third;
  }
  y.Finish();
  return 0;
}
