// ke:recipe conv1d_winograd
// ke:summary 1-D convolution, 3 taps, padding 1, bias, by Winograd's F(2, 3)
// ke:input x f32 [B, C, L]
// ke:input w f32 [O, C, 3]
// ke:input bias f32 [O]
// ke:output y f32 [B, O, L]
// ke:tune ROWS = 6 in {4, 5, 6, 8, 12, 14} when ROWS * VECS <= 28
// ke:tune VECS = 2 in {1, 2, 3, 4}
// ke:tune DEPTH = 32 in {16, 24, 32}
// ke:tune UNROLL = 4 in {1, 2, 4, 8}
//
// F(2, 3) gets two neighbouring outputs from four products per pair of channels
// instead of six. With d0..d3 the inputs and g0..g2 the taps of such a pair:
//   V = (d0 - d2, d1 + d2, d2 - d1, d3 - d1)
//   U = (g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2)
//   M[t] = sum over channels of U[t] V[t]       four independent products
//   y = (M0 + M1 + M2, M3 + M1 - M2)
// A panel is kWidth pairs, counted through the whole batch, so that only the
// last one has gaps. V[t] of a panel (C x kWidth) stays in L1 for a sweep over
// the output channels; all of U, V and M stay in L2.
//
// V mixes the inputs of a pair, so errors are relative to the largest of them.
// That is as good as plain code where numbers are of one size. Chains of
// products end after DEPTH channels, which more than makes up for the growth.
// Panels with outliers, mostly zeros, or numbers that are not finite, and
// convolutions of few channels are computed by the definition instead.
#include <kernelevolve/abi.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <utility>

// ke:bindings

namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif
constexpr int kTaps = 3;
constexpr int kProducts = 4;
constexpr int kWidth = VECS * kLanes;
constexpr int kSpan = 2 * kWidth;  // positions of a panel
constexpr int kLine = 64 / sizeof(float);
constexpr int kUnroll = UNROLL;
constexpr int kFewChannels = 16;

typedef float vec __attribute__((vector_size(kLanes * sizeof(float))));
typedef float unaligned_vec
    __attribute__((vector_size(kLanes * sizeof(float)), aligned(4)));

inline vec Load(const float* p) { return *(const unaligned_vec*)p; }
inline void Store(float* p, vec v) { *(unaligned_vec*)p = v; }
inline int64_t Min(int64_t x, int64_t y) { return x < y ? x : y; }
inline int64_t Max(int64_t x, int64_t y) { return x > y ? x : y; }

// Keeps a loaded vector in its register. Without it the compiler may read it
// from memory again for every multiply-add, which doubles the loads.
inline vec Pinned(vec v) {
#if defined(__x86_64__)
  asm("" : "+v"(v));
#endif
  return v;
}

// The empty statement keeps the compiler from concluding that a function that
// only prefetches does nothing, and dropping its calls.
inline void Prefetch(const float* p) {
  __builtin_prefetch(p);
  asm volatile("");
}

// Every second element of a and b, and the way back. Both stay within groups
// of four lanes, which is one instruction: the order in between is odd, but
// V, M and y agree on it.
template <int kFrom, int... kIndex>
inline vec Every2nd(vec a, vec b, std::integer_sequence<int, kIndex...>) {
  return __builtin_shufflevector(
      a, b,
      (kIndex / 4 * 4 + kIndex % 2 * 2 + kFrom + kIndex / 2 % 2 * kLanes)...);
}
template <int kHalf, int... kIndex>
inline vec Zip(vec even, vec odd, std::integer_sequence<int, kIndex...>) {
  return __builtin_shufflevector(
      even, odd,
      (kIndex / 4 * 4 + kIndex / 2 % 2 + 2 * kHalf + kIndex % 2 * kLanes)...);
}
constexpr std::make_integer_sequence<int, kLanes> kIndices{};

struct Extents {
  int64_t batch, c_in, c_out, length;

  int64_t pairs() const { return (length + 1) / 2; }  // of one sample
  int64_t step() const {  // input channels at a time: even parts, up to DEPTH
    const int64_t parts = (c_in + DEPTH - 1) / DEPTH;
    return (c_in + parts - 1) / parts;
  }
  int64_t weights() const { return c_in * c_out * kTaps; }
  int64_t packed() const { return c_in * c_out * kProducts; }
  int64_t scratch() const { return (DEPTH + c_out) * kProducts * kWidth; }
};

// kWidth pairs in a row, through the samples.
struct Panel {
  struct Segment {
    int64_t sample, begin;  // its first position
    int64_t count;          // of pairs
    int64_t at;             // place of the first pair in the panel
  };
  Segment segments[kWidth];
  int size = 0;
  int64_t pairs = 0;

  Panel(const Extents& of, int64_t first) {
    const int64_t end = Min(first + kWidth, of.batch * of.pairs());
    pairs = end - first;
    for (int64_t q = first; q < end; q += segments[size++].count) {
      const int64_t pair = q % of.pairs();
      segments[size] = {q / of.pairs(), 2 * pair,
                        Min(of.pairs() - pair, end - q), q - first};
    }
  }

  // Whether it is one segment, with `margin` more positions on both sides.
  bool Inside(const Extents& of, int64_t margin) const {
    const Segment& s = segments[0];
    return s.count == kWidth && s.begin >= margin &&
           s.begin + kSpan + margin <= of.length;
  }

  // Fetches row `row` of data[batch][channels][length] at these positions and
  // the one after, which the last pair reads.
  void Fetch(const float* data, int64_t channels, const Extents& of,
             int64_t row) const {
    for (int i = 0; i < size; ++i) {
      const Segment& s = segments[i];
      const float* at = data + (s.sample * channels + row) * of.length;
      const int64_t end = Min(s.begin + 2 * s.count + 1, of.length);
      for (int64_t p = s.begin; p < end; p += kLine) Prefetch(at + p);
      Prefetch(at + end - 1);
    }
  }
};

// m[kRows][kWidth] (+)= u[depth][kRows]' v[depth][kWidth]
template <int kRows>
[[gnu::noinline]] void Tile(const float* u, const float* v, int64_t depth,
                            float* m, bool accumulate) {
  vec sum[kRows][VECS] = {};
#pragma GCC unroll kUnroll
  for (int64_t c = 0; c < depth; ++c) {
    vec x[VECS];
#pragma GCC unroll 4
    for (int j = 0; j < VECS; ++j) {
      x[j] = Pinned(Load(v + c * kWidth + j * kLanes));
    }
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < VECS; ++j) sum[i][j] += u[c * kRows + i] * x[j];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < VECS; ++j) {
      float* to = m + i * kWidth + j * kLanes;
      Store(to, accumulate ? Load(to) + sum[i][j] : sum[i][j]);
    }
  }
}

// The last output channels, fewer than ROWS.
template <int kRows>
void TileOf(int rows, const float* u, const float* v, int64_t depth, float* m,
            bool accumulate) {
  if constexpr (kRows > 0) {
    if (rows == kRows) return Tile<kRows>(u, v, depth, m, accumulate);
    TileOf<kRows - 1>(rows, u, v, depth, m, accumulate);
  }
}

// Whether numbers are of one size: finite and far from overflow, none above
// eight times their root mean square, and their mean size not far below it.
struct Evenness {
  double squares = 0, sizes = 0, largest = 0;

  bool Holds(double count, double share) const {
    return squares < 1e30 && largest * largest * count <= 64 * squares &&
           sizes * sizes >= share * count * squares;
  }
};

// To [channels by step][product][channels out by ROWS][channel][row]. False if
// these weights should not be transformed.
bool PackWeights(const float* w, const Extents& of, float* packed) {
  Evenness evenness;
  for (int64_t i = 0; i < of.weights(); ++i) {
    const double size = w[i] < 0 ? -(double)w[i] : w[i];
    evenness.squares += size * size;
    evenness.sizes += size;
    if (size > evenness.largest) evenness.largest = size;
  }
  if (of.c_in < kFewChannels || !evenness.Holds(of.weights(), 0.45)) {
    return false;
  }
  for (int64_t c0 = 0; c0 < of.c_in; c0 += of.step()) {
    const int64_t depth = Min(of.step(), of.c_in - c0);
    for (int64_t o = 0; o < of.c_out; ++o) {
      const int64_t block = o / ROWS * ROWS, rows = Min(ROWS, of.c_out - block);
      for (int64_t c = 0; c < depth; ++c) {
        const float* g = w + (o * of.c_in + c0 + c) * kTaps;
        const double outer = ((double)g[0] + g[2]) / 2, inner = g[1] / 2.0;
        const float u[] = {g[0], (float)(outer + inner), (float)(outer - inner),
                           g[2]};
        for (int t = 0; t < kProducts; ++t) {
          packed[c0 * of.c_out * kProducts + (t * of.c_out + block) * depth +
                 c * rows + o - block] = u[t];
        }
      }
    }
  }
  return true;
}

// Copies what a panel needs of one channel, from each pair's first input on,
// and the same two positions later, with zeros where there is no position.
void Stage(const float* x, const Extents& of, const Panel& panel,
           float (&staged)[2][kSpan]) {
  memset(staged, 0, sizeof staged);
  for (int i = 0; i < panel.size; ++i) {
    const Panel::Segment& s = panel.segments[i];
    const float* row = x + s.sample * of.c_in * of.length;
    for (int later = 0; later < 2; ++later) {
      const int64_t begin = s.begin - 1 + 2 * later;
      const int64_t first = Max(begin, 0);
      const int64_t last = Min(begin + 2 * s.count, of.length);
      for (int64_t p = first; p < last; ++p) {
        staged[later][2 * s.at + p - begin] = row[p];
      }
    }
  }
}

// V[t][c][pair] of `depth` channels. False if these should not be transformed.
bool Transform(const float* x, const Extents& of, const Panel& panel,
               int64_t depth, float* v) {
  const bool inside = panel.Inside(of, 2);
  vec squares = {}, sizes = {}, largest = {};
  for (int64_t c = 0; c < depth; ++c, x += of.length, v += kWidth) {
    const Panel::Segment& s = panel.segments[0];
    const float* in = x + s.sample * of.c_in * of.length + s.begin - 1;
    const float* later = in + 2;
    float staged[2][kSpan];
    if (!inside) {
      Stage(x, of, panel, staged);
      in = staged[0];
      later = staged[1];
    }
#pragma GCC unroll 4
    for (int j = 0; j < kWidth; j += kLanes) {
      const vec a = Load(in + 2 * j), b = Load(in + 2 * j + kLanes);
      const vec e = Load(later + 2 * j), f = Load(later + 2 * j + kLanes);
      const vec d0 = Every2nd<0>(a, b, kIndices),
                d1 = Every2nd<1>(a, b, kIndices);
      const vec d2 = Every2nd<0>(e, f, kIndices),
                d3 = Every2nd<1>(e, f, kIndices);
      for (const vec d : {d0, d1}) {
        const vec size = d < 0 ? -d : d;
        squares += d * d;
        sizes += size;
        largest = size > largest ? size : largest;
      }
      const int64_t next = depth * kWidth;
      Store(v + j, d0 - d2);
      Store(v + next + j, d1 + d2);
      Store(v + 2 * next + j, d2 - d1);
      Store(v + 3 * next + j, d3 - d1);
    }
  }
  Evenness evenness;
  for (int i = 0; i < kLanes; ++i) {
    evenness.squares += squares[i];
    evenness.sizes += sizes[i];
    if (largest[i] > evenness.largest) evenness.largest = largest[i];
  }
  return evenness.Holds(2.0 * depth * panel.pairs, 0.25);
}

// y of a panel from M[t][o][pair].
void Finish(const float* m, const float* bias, const Extents& of,
            const Panel& panel, float* y) {
  const bool inside = panel.Inside(of, 0);
  const int64_t next = of.c_out * kWidth;
  for (int64_t o = 0; o < of.c_out; ++o, m += kWidth, y += of.length) {
    float staged[kSpan];
    const Panel::Segment& first = panel.segments[0];
    float* row =
        inside ? y + first.sample * of.c_out * of.length + first.begin : staged;
    for (int j = 0; j < kWidth; j += kLanes) {
      const vec m1 = Load(m + next + j), m2 = Load(m + 2 * next + j);
      const vec even = Load(m + j) + (m1 + m2) + bias[o];
      const vec odd = Load(m + 3 * next + j) + (m1 - m2) + bias[o];
      Store(row + 2 * j, Zip<0>(even, odd, kIndices));
      Store(row + 2 * j + kLanes, Zip<1>(even, odd, kIndices));
    }
    for (int i = 0; i < panel.size && !inside; ++i) {
      const Panel::Segment& s = panel.segments[i];
      const int64_t count = Min(2 * s.count, of.length - s.begin);
      memcpy(y + s.sample * of.c_out * of.length + s.begin, staged + 2 * s.at,
             count * sizeof(float));
    }
  }
}

struct Operands {
  const float* x;
  const float* w;       // as it came
  const float* packed;  // null: not to be used
  const float* bias;
  float* y;
};

// The panel of pairs from `first` on. False if it should not be done this way.
bool Convolve(const Operands& on, const Extents& of, int64_t first,
              float* scratch) {
  const Panel panel(of, first), next(of, first + kWidth);
  float* v = scratch;
  float* m = scratch + DEPTH * kProducts * kWidth;
  const int64_t tiles = (of.c_out + ROWS - 1) / ROWS * kProducts;
  const int64_t step = of.step();
  for (int64_t c = 0; c < of.c_in; c += step) {
    const int64_t depth = Min(step, of.c_in - c);
    if (!Transform(on.x + c * of.length, of, panel, depth, v)) return false;
    const float* u = on.packed + c * of.c_out * kProducts;
    int64_t tile = 0, x_row = 0, y_row = 0;
    for (int t = 0; t < kProducts; ++t) {
      const float* vt = v + t * depth * kWidth;
      for (int64_t o = 0; o < of.c_out; o += ROWS) {
        // What the next panel reads and what this one writes, bit by bit.
        const int64_t rows = Min(ROWS, of.c_out - o);
        ++tile;
        for (; x_row * tiles < tile * depth; ++x_row) {
          next.Fetch(on.x, of.c_in, of, c + x_row);
        }
        for (; c == 0 && y_row * tiles < tile * of.c_out; ++y_row) {
          panel.Fetch(on.y, of.c_out, of, y_row);
        }
        const float* ut = u + (t * of.c_out + o) * depth;
        float* mt = m + (t * of.c_out + o) * kWidth;
        if (rows == ROWS) {
          Tile<ROWS>(ut, vt, depth, mt, c > 0);
        } else {
          TileOf<ROWS - 1>((int)rows, ut, vt, depth, mt, c > 0);
        }
      }
    }
  }
  Finish(m, on.bias, of, panel, on.y);
  return true;
}

// The same by the definition.
void ConvolvePlainly(const Operands& on, const Extents& of,
                     const Panel::Segment& s) {
  const int64_t end = Min(s.begin + 2 * s.count, of.length);
  for (int64_t o = 0; o < of.c_out; ++o) {
    float* y = on.y + (s.sample * of.c_out + o) * of.length;
    for (int64_t p = s.begin; p < end; ++p) y[p] = on.bias[o];
    for (int64_t i = 0; i < of.c_in * kTaps; ++i) {
      const float w = on.w[o * of.c_in * kTaps + i];
      const float* x = on.x + (s.sample * of.c_in + i / kTaps) * of.length;
      const int64_t shift = i % kTaps - 1;
      const int64_t last = Min(end, of.length - shift);
      for (int64_t p = Max(s.begin, -shift); p < last; ++p) {
        y[p] += w * x[p + shift];
      }
    }
  }
}

Extents ExtentsOf(const ke_call* call) {
  const int64_t* x = call->inputs[IN_x].shape;
  return {x[0], x[1], call->inputs[IN_w].shape[0], x[2]};
}

// Packed weights, and a line in front that says whether to use them.
struct Packed {
  bool usable;
  float* weights() { return (float*)this + kLine; }
  static uint64_t Bytes(const Extents& of) {
    return (kLine + of.packed()) * sizeof(float);
  }
};

}  // namespace

// Constant weights are packed once; others in every call, into the workspace.
extern "C" int ke_setup(const ke_call* call, void** state) {
  const Extents of = ExtentsOf(call);
  const float* w = (const float*)call->inputs[IN_w].data;
  *state = nullptr;
  if (w == nullptr) return 0;
  Packed* packed = (Packed*)malloc(Packed::Bytes(of));
  if (packed == nullptr) return 1;
  packed->usable = PackWeights(w, of, packed->weights());
  *state = packed;
  return 0;
}

extern "C" void ke_teardown(void* state) { free(state); }

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  const Extents of = ExtentsOf(call);
  return 64 + of.scratch() * sizeof(float) + Packed::Bytes(of);
}

extern "C" int ke_run(const ke_call* call) {
  const Extents of = ExtentsOf(call);
  float* scratch = (float*)(((uintptr_t)call->workspace + 63) / 64 * 64);
  Operands on = {(const float*)call->inputs[IN_x].data,
                 (const float*)call->inputs[IN_w].data, nullptr,
                 (const float*)call->inputs[IN_bias].data,
                 (float*)call->outputs[OUT_y].data};
  Packed* packed = (Packed*)call->state;
  if (packed == nullptr) {
    packed = (Packed*)(scratch + of.scratch());
    packed->usable = PackWeights(on.w, of, packed->weights());
  }
  if (packed->usable) on.packed = packed->weights();
  for (int64_t q = 0; q < of.batch * of.pairs(); q += kWidth) {
    if (on.packed != nullptr && Convolve(on, of, q, scratch)) continue;
    const Panel panel(of, q);
    for (int i = 0; i < panel.size; ++i) {
      ConvolvePlainly(on, of, panel.segments[i]);
    }
  }
  return 0;
}
