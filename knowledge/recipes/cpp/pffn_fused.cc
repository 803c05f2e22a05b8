// ke:recipe pffn_fused
// ke:summary y = rmsnorm(rmsnorm(gelu(x w1 + b1)) w2), weights per sample
// ke:input x f32 [..., N, D]
// ke:input w1 f32 [..., D, K]
// ke:input b1 f32 [..., K]
// ke:input w2 f32 [..., K, D]
// ke:attribute eps
// ke:output y f32 [..., N, D]
// ke:calls erf sqrt
// ke:tune ROWS = 6 in {4, 5, 6, 8, 12, 14} when ROWS * VECS <= 28
// ke:tune VECS = 2 in {1, 2, 3, 4}
// ke:tune BLOCK = 256 in {32, 64, 128, 256, 512}
// ke:tune UNROLL = 4 in {1, 2, 4, 8}
//
// Two matrix products for a block of rows, with everything else done on the
// tiles of their results while these are in L1:
//   h[tile] = gelu(x w1 + b1), and its squares, summed per row
//   y[tile] = (h w2) / rms(h), and its squares; the scale of a row may as well
//             come after the product as before
// What is left is one sweep that divides the rows of y by their own rms.
//   panel  of w1 or w2, one tile wide, packed: 16 KiB, in L1 for all rows
//   x, h   of a block: at most 256 rows of each, in L2
// The panel that comes next is fetched a few rows at a time by every tile.
#include <kernelevolve/abi.h>
#include <math.h>
#include <stdint.h>
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
constexpr int kUnroll = UNROLL;

typedef float vec __attribute__((vector_size(kLanes * sizeof(float))));
typedef int int_vec __attribute__((vector_size(kLanes * sizeof(int))));
typedef float unaligned_vec
    __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

inline vec Load(const float* p) { return *(const unaligned_vec*)p; }
inline void Store(float* p, vec v) { *(unaligned_vec*)p = v; }
inline int64_t Min(int64_t x, int64_t y) { return x < y ? x : y; }
inline int64_t Max(int64_t x, int64_t y) { return x > y ? x : y; }
inline int64_t Padded(int64_t n) { return (n + kWidth - 1) / kWidth * kWidth; }

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

inline vec Abs(vec v) { return (vec)((int_vec)v & 0x7fffffff); }

// v (1 + erf(v / sqrt 2)) / 2 as v / 2 + |v| / 2 * erf(|v| / sqrt 2). The erf
// is |v| P(v^2) / Q(v^2), within 5 units of float, below 5.42; from there on it
// is 1. The comparison also discards what overflows in P and Q.
inline vec Gelu(vec v) {
  const vec t = v * v, a = Abs(v), half = v * 0.5f;
  vec p = t * 4.69146286e-8f + 1.26370460e-5f;
  vec q = t * 1.21556617e-6f + 7.13573972e-5f;
  p = p * t + 3.22865351e-4f;
  q = q * t + 1.84282486e-3f;
  p = p * t + 9.26640164e-3f;
  q = q * t + 2.82252524e-2f;
  p = p * t + 6.62239417e-2f;
  q = q * t + 2.49665856e-1f;
  p = p * t + 7.97884524e-1f;
  q = q * t + 1.0f;
  const vec erf = a < 5.42f ? a * p / q : vec{} + 1.0f;
  return Abs(half) * erf + half;
}

struct Matrix {
  const float* data;
  int64_t stride;
};

// What a product does with the tiles of its result. Rows are those of a block;
// columns outside of the matrix are zero and may be written to `h` only.
struct Hidden {
  const float* bias;  // padded with zeros
  float* h;           // [rows][stride]
  int64_t stride;
  float* squares;  // [rows][kLanes], of each row

  void Take(const float* sum, int64_t row, int64_t column) const {
    vec squared = Load(squares + row * kLanes);
    for (int j = 0; j < VECS; ++j) {
      const vec v =
          Gelu(Load(sum + j * kLanes) + Load(bias + column + j * kLanes));
      squared += v * v;
      Store(h + row * stride + column + j * kLanes, v);
    }
    Store(squares + row * kLanes, squared);
  }
};

struct Output {
  const float* scale;  // [rows]
  float* y;            // [rows][columns]
  int64_t columns;
  float* squares;

  void Take(const float* sum, int64_t row, int64_t column) const {
    vec squared = Load(squares + row * kLanes);
    float edge[kWidth];
    float* to = y + row * columns + column;
    const bool whole = column + kWidth <= columns;
    for (int j = 0; j < VECS; ++j) {
      const vec v = Load(sum + j * kLanes) * scale[row];
      squared += v * v;
      Store((whole ? to : edge) + j * kLanes, v);
    }
    if (!whole) memcpy(to, edge, (columns - column) * sizeof(float));
    Store(squares + row * kLanes, squared);
  }
};

// a[rows][depth] b[depth][columns], both in place.
struct Product {
  Matrix a, b;
  int64_t rows, depth, columns;
};

// kRows rows of a by a panel of b; the result goes to `taker`.
template <int kRows, typename Taker>
[[gnu::noinline]] void Tile(const Product& of, const float* panel, int64_t row,
                            int64_t column, const Taker& taker) {
  vec sum[kRows][VECS] = {};
  const float* in[kRows];
  for (int i = 0; i < kRows; ++i) in[i] = of.a.data + (row + i) * of.a.stride;
#pragma GCC unroll kUnroll
  for (int64_t k = 0; k < of.depth; ++k) {
    vec b[VECS];
#pragma GCC unroll 4
    for (int j = 0; j < VECS; ++j) {
      b[j] = Pinned(Load(panel + k * kWidth + j * kLanes));
    }
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const float x = in[i][k];
#pragma GCC unroll 4
      for (int j = 0; j < VECS; ++j) sum[i][j] += x * b[j];
    }
  }
  // Through memory: what comes next needs the registers of the sums.
  float done[kRows][kWidth];
  memcpy(done, sum, sizeof done);
  for (int i = 0; i < kRows; ++i) taker.Take(done[i], row + i, column);
}

// The last rows, fewer than ROWS.
template <int kRows, typename Taker>
void TileOf(const Product& of, const float* panel, int64_t row, int64_t column,
            const Taker& taker) {
  if constexpr (kRows > 0) {
    if (row + kRows == of.rows) {
      return Tile<kRows>(of, panel, row, column, taker);
    }
    TileOf<kRows - 1>(of, panel, row, column, taker);
  }
}

// Copies b[depth][columns] to panel[depth][kWidth], zeros in missing columns.
void Pack(const Matrix& b, int64_t depth, int64_t columns, float* panel) {
  const float* row = b.data;
  for (int64_t k = 0; k < depth; ++k, row += b.stride, panel += kWidth) {
    if (columns >= kWidth) {
#pragma GCC unroll 4
      for (int j = 0; j < kWidth; j += kLanes) Store(panel + j, Load(row + j));
    } else {
      for (int j = 0; j < kWidth; ++j) panel[j] = j < columns ? row[j] : 0.0f;
    }
  }
}

// Rows [begin, end) of the panel of b at `column`.
void Fetch(const Product& of, int64_t column, int64_t begin, int64_t end) {
  const int64_t width = Min(kWidth, of.columns - column);
  if (width <= 0) return;
  for (int64_t k = begin; k < Min(end, of.depth); ++k) {
    const float* row = of.b.data + k * of.b.stride + column;
    for (int64_t j = 0; j < width; j += kLine) Prefetch(row + j);
    Prefetch(row + width - 1);
  }
}

// The rows of a that the next tile reads for the first time.
void FetchRows(const Product& of, int64_t begin) {
  for (int64_t i = begin; i < Min(begin + ROWS, of.rows); ++i) {
    const float* row = of.a.data + i * of.a.stride;
    for (int64_t k = 0; k < of.depth; k += kLine) Prefetch(row + k);
  }
}

template <typename Taker>
void Multiply(const Product& of, float* panel, const Taker& taker) {
  const int64_t tiles = (of.rows + ROWS - 1) / ROWS;
  const int64_t share = (of.depth + tiles - 1) / tiles;
  for (int64_t column = 0; column < of.columns; column += kWidth) {
    const Matrix b = {of.b.data + column, of.b.stride};
    Pack(b, of.depth, of.columns - column, panel);
    for (int64_t tile = 0; tile < tiles; ++tile) {
      const int64_t row = tile * ROWS;
      Fetch(of, column + kWidth, tile * share, (tile + 1) * share);
      if (column == 0) FetchRows(of, row + ROWS);
      if (row + ROWS <= of.rows) {
        Tile<ROWS>(of, panel, row, column, taker);
      } else {
        TileOf<ROWS - 1>(of, panel, row, column, taker);
      }
    }
  }
}

// scale[rows] = 1 / sqrt(mean + eps), from the sums of squares.
void Scales(const float* squares, int64_t rows, int64_t count, float eps,
            float* scale) {
  for (int64_t i = 0; i < rows; ++i) {
    float sum = 0;
    for (int j = 0; j < kLanes; ++j) sum += squares[i * kLanes + j];
    scale[i] = 1.0f / sqrtf(sum / (float)count + eps);
  }
}

struct Extents {
  int64_t n, d, k;
};

struct Scratch {
  float* panel;    // [max(d, k)][kWidth]
  float* bias;     // [padded k]
  float* h;        // [BLOCK][padded k]
  float* squares;  // [BLOCK][kLanes]
  float* scale;    // [BLOCK]

  Scratch(void* workspace, const Extents& of) {
    panel = (float*)(((uintptr_t)workspace + 63) / 64 * 64);
    bias = panel + Max(of.d, of.k) * kWidth;
    h = bias + Padded(of.k);
    squares = h + BLOCK * Padded(of.k);
    scale = squares + BLOCK * kLanes;
  }
  static uint64_t Bytes(const Extents& of) {
    return 64 + (Max(of.d, of.k) * kWidth + (BLOCK + 1) * Padded(of.k) +
                 BLOCK * (kLanes + 1)) *
                    sizeof(float);
  }
};

// The tensors of one sample.
struct Sample {
  const float* x;
  const float* w1;
  const float* b1;
  const float* w2;
  float* y;
};

void FeedForward(const Sample& s, const Extents& of, float eps,
                 const Scratch& scratch) {
  const int64_t stride = Padded(of.k);
  const uint64_t squares_bytes = BLOCK * kLanes * sizeof(float);
  memset(scratch.bias, 0, stride * sizeof(float));
  memcpy(scratch.bias, s.b1, of.k * sizeof(float));
  for (int64_t first = 0; first < of.n; first += BLOCK) {
    const int64_t rows = Min(BLOCK, of.n - first);
    const float* x = s.x + first * of.d;
    float* y = s.y + first * of.d;

    memset(scratch.squares, 0, squares_bytes);
    Multiply({{x, of.d}, {s.w1, of.k}, rows, of.d, of.k}, scratch.panel,
             Hidden{scratch.bias, scratch.h, stride, scratch.squares});
    Scales(scratch.squares, rows, of.k, eps, scratch.scale);

    memset(scratch.squares, 0, squares_bytes);
    Multiply({{scratch.h, stride}, {s.w2, of.d}, rows, of.k, of.d},
             scratch.panel, Output{scratch.scale, y, of.d, scratch.squares});
    Scales(scratch.squares, rows, of.d, eps, scratch.scale);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < of.d; ++j) y[i * of.d + j] *= scratch.scale[i];
    }
  }
}

Extents ExtentsOf(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const ke_tensor& b1 = call->inputs[IN_b1];
  return {x.shape[x.rank - 2], x.shape[x.rank - 1], b1.shape[b1.rank - 1]};
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return Scratch::Bytes(ExtentsOf(call));
}

extern "C" int ke_run(const ke_call* call) {
  const auto in = [&](int i) { return (const float*)call->inputs[i].data; };
  const ke_tensor& x = call->inputs[IN_x];
  const Extents of = ExtentsOf(call);
  const Scratch scratch(call->workspace, of);
  int64_t samples = 1;
  for (int i = 0; i < x.rank - 2; ++i) samples *= x.shape[i];
  for (int64_t b = 0; b < samples; ++b) {
    FeedForward({in(IN_x) + b * of.n * of.d, in(IN_w1) + b * of.d * of.k,
                 in(IN_b1) + b * of.k, in(IN_w2) + b * of.k * of.d,
                 (float*)call->outputs[OUT_y].data + b * of.n * of.d},
                of, (float)call->attributes[ATTR_eps], scratch);
  }
  return 0;
}
