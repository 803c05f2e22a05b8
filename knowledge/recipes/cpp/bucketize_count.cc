// ke:recipe bucketize_count
// ke:summary batched bucketize by counting: every border is compared with a block of values in registers; no search, no sorting, no branch
// ke:input values f32 [F, B]
// ke:input borders f32 [N]
// ke:input offsets i64 [F + 1] offsets
// ke:output bucket i32 [F, B]
// ke:option STREAM in {1, 0}
// ke:tune LINES = 2 in {1, 2, 3, 4}
// ke:tune AHEAD = 8 in {0, 4, 8, 16, 32}
//
// bucket = how many borders of its feature lie below a value; feature f owns
// those from offsets[f] to offsets[f + 1]. With the few borders that features
// have in practice, comparing with all of them costs less than any search: a
// comparison and a subtraction for a whole vector of values, from registers. It
// needs no order among the borders, and a NaN on either side counts as not
// below, as it must.
//
//   STREAM  1: non-temporal stores of bucket; 0: ordinary (read again soon)
//   LINES   cache lines of values that meet a border together
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
constexpr int kVecs = kBlock / kLanes;

typedef float Vec __attribute__((vector_size(4 * kLanes)));
typedef float VecAnywhere
    __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));
typedef int32_t VecInt __attribute__((vector_size(4 * kLanes)));

inline Vec Load(const float* p) { return *(const VecAnywhere*)p; }
inline VecInt Load(const int32_t* p) { return (VecInt)Load((const float*)p); }
inline void Store(int32_t* p, VecInt v) { *(VecAnywhere*)p = (Vec)v; }

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
inline void Stream(int32_t* p, VecInt v) {
#if STREAM && defined(__AVX512F__)
  _mm512_stream_ps((float*)p, (Vec)v);
#elif STREAM && defined(__AVX__)
  _mm256_stream_ps((float*)p, (Vec)v);
#else
  Store(p, v);
#endif
}

// Writes integers as a stream of whole cache lines, also where rows do not end
// on one: the last elements of a row wait here for the first of the next. A
// line written half past the cache and half through it would cost a round trip.
class LineWriter {
 public:
  explicit LineWriter(int32_t* out)
      : line_(out - (uintptr_t)out % 64 / 4),
        skip_(out - line_),
        filled_(skip_) {}

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
  int32_t* Take(int64_t n) {
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
  int32_t* line_;   // the line being filled
  int64_t skip_;    // elements of the first line that are not ours
  int64_t filled_;  // elements of part_ that wait
  alignas(64) int32_t part_[2 * kLine] = {};
};

// How many of n borders lie below each of the values.
template <int kCount>
inline void Count(const float* borders, int64_t n, const Vec (&values)[kCount],
                  VecInt (&below)[kCount]) {
  for (VecInt& b : below) b = VecInt{};
  for (int64_t j = 0; j < n; ++j)
    for (int k = 0; k < kCount; ++k) below[k] -= borders[j] < values[k];
}

void Feature(const float* borders, int64_t n, const float* values,
             int64_t batch, LineWriter& bucket) {
  const auto append = [&](int64_t i, int64_t end) {
    Vec v[kLine / kLanes];
    VecInt below[kLine / kLanes];
    for (int k = 0; k < kLine / kLanes; ++k)
      v[k] = LoadFirst(values + i + k * kLanes, end - i - k * kLanes);
    Count(borders, n, v, below);
    bucket.Append(std::min<int64_t>(kLine, end - i),
                  [&](int64_t at) { return below[at / kLanes]; });
  };
  const int64_t head = std::min(bucket.Gap(), batch);
  if (head > 0) append(0, head);

  const int64_t body = (batch - head) / kBlock * kBlock;
  int32_t* out = bucket.Take(body);
  for (int64_t i = 0; i < body; i += kBlock) {
    Vec v[kVecs];
    VecInt below[kVecs];
    for (int k = 0; k < kVecs; ++k) {
      const float* at = values + head + i + k * kLanes;
      if (AHEAD != 0 && k * kLanes % kLine == 0)
        __builtin_prefetch(at + AHEAD * kLine);
      v[k] = Load(at);
    }
    Count(borders, n, v, below);
    for (int k = 0; k < kVecs; ++k) Stream(out + i + k * kLanes, below[k]);
  }
  for (int64_t i = head + body; i < batch; i += kLine) append(i, batch);
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& values = call->inputs[IN_values];
  const int64_t features = values.shape[0], batch = values.shape[1];
  const auto* v = (const float*)values.data;
  const auto* borders = (const float*)call->inputs[IN_borders].data;
  const auto* offsets = (const int64_t*)call->inputs[IN_offsets].data;
  LineWriter bucket((int32_t*)call->outputs[OUT_bucket].data);
  for (int64_t f = 0; f < features; ++f)
    Feature(borders + offsets[f], offsets[f + 1] - offsets[f], v + f * batch,
            batch, bucket);
  bucket.Finish();
  return 0;
}
