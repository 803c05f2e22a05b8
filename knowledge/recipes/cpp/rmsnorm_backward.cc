// ke:recipe rmsnorm_backward
// ke:summary both gradients of rmsnorm in one trip to memory, software pipeline over rows: one loop takes the sums of a row and writes the gradients of the row before it
// ke:input grad_y f32 [..., C]
// ke:input x f32 [..., C]
// ke:input weight f32 [C]
// ke:output grad_x f32 [..., C]
// ke:output grad_weight f32 [C]
// ke:attribute eps
// ke:calls sqrt
// ke:option STREAM in {1, 0}
// ke:tune LINES = 1 in {1, 2, 4}
// ke:tune AHEAD = 8 in {0, 4, 8, 16, 32, 64}
// ke:tune FOLD = 32 in {8, 16, 32, 64}
//
// With s = 1 / sqrt(mean(x^2) + eps) of a row,
//   grad_x = (grad_y weight - x s^2 mean(grad_y weight x)) s
//   grad_weight = sum over rows of grad_y x s
// Each row is needed twice, for its means and for its gradients. One loop does
// the first for a row and the second for the row before it, which is still in
// cache, so that reads and writes of memory overlap. The sum over rows stays in
// cache, in two levels: a single chain of thousands of float additions would
// round much worse.
//
//   STREAM  1: non-temporal stores of grad_x; 0: ordinary (read again soon)
//   LINES   cache lines of each row per iteration
//   AHEAD   lines the reads are prefetched ahead; 0 leaves it to the hardware
//   FOLD    rows whose weight gradients are summed before they join the total

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

// A row: first its sums are taken, then its gradients.
struct Row {
  const float* grad_y;
  const float* x;
  float scale;  // 1 / sqrt(mean(x^2) + eps)
  float pull;   // scale^2 * mean(grad_y weight x)
};

struct Layer {
  const float* weight;
  float* partial;  // weight gradients of some rows; behind them room for a line
  int64_t cols;
  float eps;
};

// The gradient of `row` at c; its share of the weight's joins `partial`.
template <class LoadF>
inline Vec Gradient(const Layer& layer, const Row& row, int64_t c, LoadF load) {
  const Vec grad_y = load(row.grad_y + c), x = load(row.x + c);
  float* partial = layer.partial + c;
  Store(partial, Load(partial) + grad_y * x * row.scale);
  return (grad_y * load(layer.weight + c) - x * row.pull) * row.scale;
}

// Writes the gradients of one row and takes the sums of `next`; either may be
// null, at the ends of the pipeline.
template <bool kWrite, bool kSum>
void Step(const Layer& layer, const Row* row, LineWriter& grad_x, Row* next) {
  const int64_t cols = layer.cols;
  // The gradients from c on, up to `end`: behind it, zeros join `partial`.
  const auto append = [&](int64_t c, int64_t end) {
    grad_x.Append(std::min<int64_t>(kLine, end - c), [&](int64_t i) {
      return Gradient(layer, *row, c + i, [&](const float* p) {
        return LoadFirst(p, end - c - i);
      });
    });
  };
  const int64_t head = kWrite ? std::min(grad_x.Gap(), cols) : 0;
  if constexpr (kWrite)
    if (head > 0) append(0, head);

  const int64_t body = (cols - head) / kBlock * kBlock;
  float* out = kWrite ? grad_x.Take(body) : nullptr;
  Vec squares[kVecs] = {}, dot[kVecs] = {};
  for (int64_t c = 0; c < body; c += kBlock)
    for (int v = 0; v < kVecs; ++v) {
      const int64_t i = c + v * kLanes;
      if constexpr (kSum) {
        if (AHEAD != 0 && v * kLanes % kLine == 0) {
          __builtin_prefetch(next->x + i + AHEAD * kLine);
          __builtin_prefetch(next->grad_y + i + AHEAD * kLine);
        }
        const Vec x = Load(next->x + i);
        squares[v] += x * x;
        dot[v] += Load(next->grad_y + i) * Load(layer.weight + i) * x;
      }
      if constexpr (kWrite)
        Stream(out + i, Gradient(layer, *row, head + i, Load));
    }

  if constexpr (kWrite)
    for (int64_t c = head + body; c < cols; c += kLine) append(c, cols);
  if constexpr (kSum) {
    for (int64_t c = body; c < cols; c += kLanes) {
      const Vec x = LoadFirst(next->x + c, cols - c);
      squares[0] += x * x;
      dot[0] += LoadFirst(next->grad_y + c, cols - c) *
                LoadFirst(layer.weight + c, cols - c) * x;
    }
    next->scale =
        1.0f / std::sqrt(Total(squares) / (float)cols + layer.eps);
    next->pull = Total(dot) / (float)cols * next->scale * next->scale;
  }
}

// Moves the partial sums into the total, which it begins if `first`.
void Fold(const Layer& layer, float* total, bool first) {
  for (int64_t c = 0; c < layer.cols; ++c)
    total[c] = first ? layer.partial[c] : total[c] + layer.partial[c];
  std::fill_n(layer.partial, layer.cols + kLine, 0.0f);
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  return (x.shape[x.rank - 1] + kLine) * sizeof(float);
}

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const int64_t cols = x.shape[x.rank - 1];
  int64_t rows = 1;
  for (int i = 0; i + 1 < x.rank; ++i) rows *= x.shape[i];

  const Layer layer{(const float*)call->inputs[IN_weight].data,
                    (float*)call->workspace, cols,
                    (float)call->attributes[ATTR_eps]};
  std::fill_n(layer.partial, cols + kLine, 0.0f);
  LineWriter grad_x((float*)call->outputs[OUT_grad_x].data);
  float* grad_weight = (float*)call->outputs[OUT_grad_weight].data;

  Row row{(const float*)call->inputs[IN_grad_y].data, (const float*)x.data, 0,
          0};
  Step<false, true>(layer, nullptr, grad_x, &row);
  for (int64_t r = 0; r < rows; ++r) {
    Row next{row.grad_y + cols, row.x + cols, 0, 0};
    if (r + 1 < rows)
      Step<true, true>(layer, &row, grad_x, &next);
    else
      Step<true, false>(layer, &row, grad_x, nullptr);
    if (r % FOLD == FOLD - 1 || r + 1 == rows)
      Fold(layer, grad_weight, r < FOLD);
    row = next;
  }
  grad_x.Finish();
  return 0;
}
