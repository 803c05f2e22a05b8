// ke:recipe conv1d_direct
// ke:summary 1-D convolution, stride 1, same padding, bias; no im2col
// ke:input x f32 [B, C, L]
// ke:input w f32 [O, C, T]
// ke:input bias f32 [O]
// ke:output y f32 [B, O, L]
// ke:tune ROWS = 6 in {4, 5, 6, 8, 12, 14} when ROWS * VECS <= 28
// ke:tune VECS = 2 in {1, 2, 3, 4}
// ke:tune DEPTH = 128 in {32, 64, 128, 256}
//
// A register tile holds ROWS output channels x (VECS vectors) of positions. For
// each input channel the taps load the same positions of x, shifted by one: an
// unaligned load from L1 costs less than the T-fold copy of im2col.
//   panel of x  DEPTH x (tile width + T - 1)  12 KiB, in L1 for all channels
//   out weights     packed [block of rows][channel][tap][row], stream from L2
// The panel is copied with zeros beyond both ends of the row, so the tiles know
// no borders; the copy is read by all O / ROWS tiles. The part of x that comes
// next is prefetched a few channels at a time by every tile. Where a weight is
// not finite, zeros are no substitute for a missing position: a plain loop then
// does it all.
#include <kernelevolve/abi.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// ke:bindings

namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif
constexpr int kWidth = VECS * kLanes;
constexpr int kLine = 64 / sizeof(float);

typedef float vec __attribute__((vector_size(kLanes * sizeof(float))));
typedef float unaligned_vec
    __attribute__((vector_size(kLanes * sizeof(float)), aligned(4)));

inline vec Load(const float* p) { return *(const unaligned_vec*)p; }
inline void Store(float* p, vec v) { *(unaligned_vec*)p = v; }
inline int64_t Min(int64_t x, int64_t y) { return x < y ? x : y; }

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

struct Extents {
  int64_t batch, c_in, c_out, length, taps;

  int64_t before() const { return (taps - 1) / 2; }  // zeros on the left
  int64_t pitch() const {  // of the panel: kWidth + taps - 1, in whole vectors
    return kWidth + (taps - 1 + kLanes - 1) / kLanes * kLanes;
  }
  int64_t weights() const { return c_in * c_out * taps; }
};

// Where a tile's result goes. Only `columns` of kWidth positions exist.
struct Destination {
  float* data;
  int64_t stride;
  int columns;
};

// Partial sums of kRows channels start from the bias, or go on from y when
// `bias` is null.
template <int kRows>
inline void Begin(vec (&sum)[kRows][VECS], const float* bias,
                  const Destination& to) {
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
    float* row = to.data + i * to.stride;
    float edge[kWidth] = {};
    if (bias == nullptr) memcpy(edge, row, to.columns * sizeof(float));
#pragma GCC unroll 4
    for (int j = 0; j < VECS; ++j) {
      sum[i][j] = bias != nullptr ? vec{} + bias[i] : Load(edge + j * kLanes);
    }
    if (bias != nullptr) {
      __builtin_prefetch(row, 1);
      __builtin_prefetch(row + to.columns - 1, 1);
    }
  }
}

template <int kRows>
inline void Write(const vec (&sum)[kRows][VECS], const Destination& to) {
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
    float* row = to.data + i * to.stride;
    if (to.columns == kWidth) {
#pragma GCC unroll 4
      for (int j = 0; j < VECS; ++j) Store(row + j * kLanes, sum[i][j]);
    } else {
      float edge[kWidth];
      memcpy(edge, sum[i], sizeof edge);
      memcpy(row, edge, to.columns * sizeof(float));
    }
  }
}

// What all tiles of a step share.
struct Panel {
  const float* data;  // [depth][pitch]
  int64_t depth, pitch, taps;
};

template <int kRows>
[[gnu::noinline]] void Tile(const float* w, const Panel& panel,
                            const float* bias, const Destination& to) {
  vec sum[kRows][VECS];
  Begin<kRows>(sum, bias, to);
  const float* x = panel.data;
  for (int64_t c = 0; c < panel.depth; ++c, x += panel.pitch) {
#pragma GCC unroll 1
    for (int64_t t = 0; t < panel.taps; ++t, w += kRows) {
      vec at[VECS];
#pragma GCC unroll 4
      for (int j = 0; j < VECS; ++j) at[j] = Pinned(Load(x + t + j * kLanes));
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
        for (int j = 0; j < VECS; ++j) sum[i][j] += w[i] * at[j];
      }
    }
  }
  Write<kRows>(sum, to);
}

// The last output channels, fewer than ROWS.
template <int kRows>
void TileOf(int rows, const float* w, const Panel& panel, const float* bias,
            const Destination& to) {
  if constexpr (kRows > 0) {
    if (rows == kRows) return Tile<kRows>(w, panel, bias, to);
    TileOf<kRows - 1>(rows, w, panel, bias, to);
  }
}

// w[O][C][T] to [chunk of DEPTH channels][block of rows][channel][tap][row],
// preceded by a zero that is NaN when a weight is not finite.
void PackWeights(const float* w, const Extents& of, float* packed) {
  float probe = 0;
  for (int64_t i = 0; i < of.weights(); ++i) probe += w[i] * 0.0f;
  *packed = probe;
  packed += kLine;
  for (int64_t c0 = 0; c0 < of.c_in; c0 += DEPTH) {
    const int64_t c1 = Min(c0 + DEPTH, of.c_in);
    for (int64_t o = 0; o < of.c_out; o += ROWS) {
      const int64_t rows = Min(ROWS, of.c_out - o);
      for (int64_t p = c0 * of.taps; p < c1 * of.taps; ++p) {
        for (int64_t i = 0; i < rows; ++i) {
          *packed++ = w[(o + i) * of.c_in * of.taps + p];
        }
      }
    }
  }
}

// The positions of x that kWidth outputs from `at` need, of `depth` channels,
// with zeros where there is no position.
void PackPanel(const float* x, const Extents& of, int64_t at, int64_t depth,
               float* panel) {
  const int64_t begin = at - of.before(), pitch = of.pitch();
  const bool inside = begin >= 0 && begin + pitch <= of.length;
  const int64_t first = begin > 0 ? begin : 0;
  const int64_t last = Min(begin + kWidth + of.taps - 1, of.length);
  for (int64_t c = 0; c < depth; ++c, x += of.length, panel += pitch) {
    if (inside) {
      for (int64_t j = 0; j < pitch; j += kLanes) {
        Store(panel + j, Load(x + begin + j));
      }
      continue;
    }
    for (int64_t j = 0; j < pitch; j += kLanes) Store(panel + j, vec{});
    for (int64_t p = first; p < last; ++p) panel[p - begin] = x[p];
  }
}

// Rows of x that will be packed next, fetched while other work goes on.
struct Ahead {
  const float* row;
  int64_t stride, rows, width;

  void Fetch(int64_t count) {
    for (; count > 0 && rows > 0; --count, --rows, row += stride) {
      for (int64_t j = 0; j < width; j += kLine) Prefetch(row + j);
    }
  }
};

// All output channels at kWidth positions, for one chunk of input channels.
struct Step {
  const float* w;     // packed, of this chunk
  const float* bias;  // null when y already holds partial sums
  float* y;           // [c_out][length], at the first position
  int64_t c_out, length;
  int columns;
};

void Run(const Step& step, const Panel& panel, Ahead ahead) {
  const int64_t tiles = (step.c_out + ROWS - 1) / ROWS;
  const int64_t share = (ahead.rows + tiles - 1) / tiles;
  for (int64_t o = 0; o < step.c_out; o += ROWS) {
    ahead.Fetch(share);
    const float* w = step.w + o * panel.depth * panel.taps;
    const float* bias = step.bias != nullptr ? step.bias + o : nullptr;
    const Destination to = {step.y + o * step.length, step.length,
                            step.columns};
    if (o + ROWS <= step.c_out) {
      Tile<ROWS>(w, panel, bias, to);
    } else {
      TileOf<ROWS - 1>((int)(step.c_out - o), w, panel, bias, to);
    }
  }
}

// One sample: x[c_in][length] to y[c_out][length].
struct Sample {
  const float* x;
  const float* w;
  const float* bias;
  float* y;
};

void Convolve(const Sample& sample, const Extents& of, float* panel) {
  for (int64_t c = 0; c < of.c_in; c += DEPTH) {
    const int64_t depth = Min(DEPTH, of.c_in - c);
    const float* x = sample.x + c * of.length;
    for (int64_t at = 0; at < of.length; at += kWidth) {
      PackPanel(x, of, at, depth, panel);
      const int64_t next = Min(at + kWidth, of.length);
      const Ahead ahead = {x + next, of.length, depth,
                           Min(kWidth + of.before(), of.length - next)};
      Run({sample.w + kLine + c * of.c_out * of.taps,
           c == 0 ? sample.bias : nullptr, sample.y + at, of.c_out, of.length,
           (int)Min(kWidth, of.length - at)},
          {panel, depth, of.pitch(), of.taps}, ahead);
    }
  }
}

// The slow way, for weights that are not packed.
void ConvolvePlainly(const Sample& sample, const Extents& of) {
  for (int64_t o = 0; o < of.c_out; ++o) {
    float* y = sample.y + o * of.length;
    for (int64_t p = 0; p < of.length; ++p) y[p] = sample.bias[o];
    for (int64_t i = 0; i < of.c_in * of.taps; ++i) {
      const float* x = sample.x + i / of.taps * of.length;
      const float w = sample.w[o * of.c_in * of.taps + i];
      const int64_t shift = i % of.taps - of.before();
      const int64_t end = Min(of.length, of.length - shift);
      for (int64_t p = shift < 0 ? -shift : 0; p < end; ++p) {
        y[p] += w * x[p + shift];
      }
    }
  }
}

Extents ExtentsOf(const ke_call* call) {
  const int64_t* x = call->inputs[IN_x].shape;
  const int64_t* w = call->inputs[IN_w].shape;
  return {x[0], x[1], w[0], x[2], w[2]};
}

}  // namespace

// Constant weights are packed once; others in every call, into the workspace.
extern "C" int ke_setup(const ke_call* call, void** state) {
  const Extents of = ExtentsOf(call);
  const float* w = (const float*)call->inputs[IN_w].data;
  *state = nullptr;
  if (w == nullptr) return 0;
  float* packed = (float*)malloc((kLine + of.weights()) * sizeof(float));
  if (packed == nullptr) return 1;
  PackWeights(w, of, packed);
  *state = packed;
  return 0;
}

extern "C" void ke_teardown(void* state) { free(state); }

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  const Extents of = ExtentsOf(call);
  return (2 * kLine + DEPTH * of.pitch() + of.weights()) * sizeof(float);
}

extern "C" int ke_run(const ke_call* call) {
  const Extents of = ExtentsOf(call);
  float* panel = (float*)(((uintptr_t)call->workspace + 63) / 64 * 64);
  const float* plain = (const float*)call->inputs[IN_w].data;
  const float* packed = (const float*)call->state;
  if (packed == nullptr) {
    float* room = panel + DEPTH * of.pitch();
    PackWeights(plain, of, room);
    packed = room;
  }
  const bool finite = *packed == 0;
  for (int64_t n = 0; n < of.batch; ++n) {
    const Sample sample = {
        (const float*)call->inputs[IN_x].data + n * of.c_in * of.length,
        finite ? packed : plain, (const float*)call->inputs[IN_bias].data,
        (float*)call->outputs[OUT_y].data + n * of.c_out * of.length};
    if (finite) {
      Convolve(sample, of, panel);
    } else {
      ConvolvePlainly(sample, of);
    }
  }
  return 0;
}
