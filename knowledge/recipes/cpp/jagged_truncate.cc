// ke:recipe jagged_truncate
// ke:summary keep the first events of every list of a nested jagged tensor: a list's kept items are one contiguous copy; both outputs leave as streams of whole cache lines
// ke:input outer i64 [L + 1] offsets
// ke:input inner i64 [E + 1] offsets
// ke:input values f32 [N]
// ke:output new_outer i64 [L + 1]
// ke:output new_inner i64 [E + 1]
// ke:output new_values f32 [N]
// ke:attribute max_events
// ke:option STREAM in {1, 0}
// ke:tune AHEAD = 2 in {0, 1, 2, 4}
// ke:tune LINES = 8 in {1, 2, 4, 8}
//
// List l holds the events from outer[l] to outer[l + 1], event e the values
// from inner[e] to inner[e + 1]. Offsets ascend, so the first events of a list
// are one piece of `values`: no loop over events copies anything. Their new
// offsets are the old ones plus a constant, a vector operation. What is left to
// cost time is memory: lines that are overwritten whole are not fetched first,
// and the jump over dropped events to the next list is announced ahead.
//
//   STREAM  1: non-temporal stores; 0: ordinary (outputs are read again soon)
//   AHEAD   lists ahead whose values are prefetched; 0: not at all
//   LINES   how many of their first lines

#include <immintrin.h>
#include <kernelevolve/abi.h>

#include <algorithm>
#include <cstdint>

// ke:bindings

namespace {

// Half a cache line, of whichever type.
template <class T>
struct VecOf {
  typedef T type __attribute__((vector_size(32)));
  typedef T anywhere
      __attribute__((vector_size(32), aligned(sizeof(T)), may_alias));
};
template <class T>
using Vec = typename VecOf<T>::type;
template <class T>
constexpr int kLanes = 32 / sizeof(T);

template <class T>
inline Vec<T> Load(const T* p) {
  return *(const typename VecOf<T>::anywhere*)p;
}
template <class T>
inline void Store(T* p, Vec<T> v) {
  *(typename VecOf<T>::anywhere*)p = v;
}

// The first n lanes from p, zero in the others; reads nothing behind p[n).
template <class T>
inline Vec<T> LoadFirst(const T* p, int64_t n) {
  if (n >= kLanes<T>) return Load(p);
  Vec<T> v = {};
#if defined(__AVX2__)
  if (n <= 0) return v;
  static const int32_t kMask[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  const int64_t words = n * (int64_t)sizeof(T) / 4;
  return (Vec<T>)_mm256_maskload_epi32(
      (const int*)p, _mm256_loadu_si256((const __m256i*)(kMask + 8 - words)));
#else
  for (int i = 0; i < n; ++i) v[i] = p[i];
  return v;
#endif
}

// To a whole vector's alignment; past the caches if STREAM.
template <class T>
inline void Stream(T* p, Vec<T> v) {
#if STREAM && defined(__AVX__)
  _mm256_stream_si256((__m256i*)p, (__m256i)v);
#else
  Store(p, v);
#endif
}

// Writes an array from its start, piece by piece, as a stream of whole cache
// lines: the end of a piece waits here for the start of the next. A line
// written half past the cache and half through it would cost a round trip.
template <class T>
class LineWriter {
 public:
  explicit LineWriter(T* out)
      : line_(out - (uintptr_t)out % 64 / sizeof(T)),
        skip_(out - line_),
        filled_(skip_) {}

  // Appends n elements; load(i, m) has those from i on, of which m count.
  template <class F>
  void Append(int64_t n, F load) {
    int64_t i = std::min(n, (kLine - filled_) % kLine);
    if (i > 0) Part(i, [&](int64_t at) { return load(at, i - at); });
    for (; i + kLine <= n; i += kLine, line_ += kLine) {
      Stream(line_, load(i, n - i));
      Stream(line_ + kLanes<T>, load(i + kLanes<T>, n - i - kLanes<T>));
    }
    if (i < n)
      Part(n - i, [&](int64_t at) { return load(i + at, n - i - at); });
  }

  void Finish() {
    std::copy(part_ + skip_, part_ + filled_, line_ + skip_);
#if STREAM && defined(__AVX__)
    _mm_sfence();
#endif
  }

 private:
  static constexpr int64_t kLine = 64 / sizeof(T);

  // Appends n elements, no more than the line still lacks.
  template <class F>
  void Part(int64_t n, F value) {
    Store(part_ + filled_, value(0));
    Store(part_ + filled_ + kLanes<T>, value(kLanes<T>));
    filled_ += n;
    if (filled_ < kLine) return;
    if (skip_ == 0) {
      Stream(line_, Load(part_));
      Stream(line_ + kLanes<T>, Load(part_ + kLanes<T>));
    } else {
      std::copy(part_ + skip_, part_ + kLine, line_ + skip_);
    }
    skip_ = filled_ = 0;
    line_ += kLine;
  }

  T* line_;         // the line being filled
  int64_t skip_;    // elements of the first line that are not ours
  int64_t filled_;  // elements of part_ that wait
  alignas(64) T part_[2 * kLine] = {};
};

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t lists = call->inputs[IN_outer].shape[0] - 1;
  const int64_t events = call->inputs[IN_inner].shape[0] - 1;
  const int64_t items = call->inputs[IN_values].shape[0];
  const auto* outer = (const int64_t*)call->inputs[IN_outer].data;
  const auto* inner = (const int64_t*)call->inputs[IN_inner].data;
  const auto* values = (const float*)call->inputs[IN_values].data;
  const int64_t max_events = (int64_t)call->attributes[ATTR_max_events];
  auto* new_outer = (int64_t*)call->outputs[OUT_new_outer].data;
  LineWriter<int64_t> new_inner((int64_t*)call->outputs[OUT_new_inner].data);
  LineWriter<float> new_values((float*)call->outputs[OUT_new_values].data);

  int64_t event = 0, item = 0;  // kept so far
  for (int64_t l = 0; l < lists; ++l) {
    if (AHEAD != 0) {  // its offset in one turn, its values in a later one
      __builtin_prefetch(inner + outer[std::min(l + 2 * AHEAD, lists)]);
      const float* soon = values + inner[outer[std::min(l + AHEAD, lists)]];
      for (int i = 0; i < LINES; ++i) __builtin_prefetch(soon + 16 * i);
    }
    new_outer[l] = event;
    const int64_t* from = inner + outer[l];
    const int64_t kept = std::min(outer[l + 1] - outer[l], max_events);
    if (kept <= 0) continue;
    const float* source = values + from[0];
    const int64_t count = from[kept] - from[0], shift = item - from[0];
    new_inner.Append(kept, [=](int64_t i, int64_t n) {
      return LoadFirst(from + i, n) + shift;
    });
    new_values.Append(count, [=](int64_t i, int64_t n) {
      return LoadFirst(source + i, n);
    });
    event += kept;
    item += count;
  }
  new_outer[lists] = event;
  new_inner.Append(events + 1 - event,
                   [=](int64_t, int64_t) { return Vec<int64_t>{} + item; });
  new_values.Append(items - item,
                    [](int64_t, int64_t) { return Vec<float>{}; });
  new_inner.Finish();
  new_values.Finish();
  return 0;
}
