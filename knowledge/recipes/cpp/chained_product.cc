// ke:recipe chained_product
// ke:summary out = x (x' y) by panels of columns; x' y never leaves L1
// ke:input x f32 [..., N, D]
// ke:input y f32 [..., N, K]
// ke:output out f32 [..., N, K]
// ke:tune ROWS = 6 in {4, 5, 6, 8, 12, 14} when ROWS * VECS <= 28
// ke:tune VECS = 2 in {1, 2, 3, 4}
// ke:tune AHEAD = 2 in {1, 2, 4, 8}
//
// The columns of y are independent of each other, so both products run for one
// panel of them, a register tile wide:
//   product[D][panel] = x' y[N][panel]     16 KiB for D = 256, stays in L1
//   out[N][panel]     = x product
// x stays in L2, and is broadcast in place by both: along a row by the first,
// along a column by the second. This is the order of the definition; see
// gram_product for the other one, which is cheaper while N is small.
#include <kernelevolve/abi.h>
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

typedef float vec __attribute__((vector_size(kLanes * sizeof(float))));
typedef float unaligned_vec
    __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

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

// Row i, column k of the left operand is data[i * row + k * column].
struct Left {
  const float* data;
  int64_t row, column;
};

// Where a tile's result goes. Only `columns` of kWidth columns exist.
struct Destination {
  float* data;
  int64_t stride;
  int columns;
};

// to[kRows][kWidth] = left[kRows][depth] panel[depth][kWidth]
template <int kRows>
[[gnu::noinline]] void Tile(const Left& left, const float* panel, int64_t depth,
                            const Destination& to) {
  vec sum[kRows][VECS] = {};
  const float* a[kRows];
  for (int i = 0; i < kRows; ++i) a[i] = left.data + i * left.row;
  int64_t at = 0;
#pragma GCC unroll 2
  for (int64_t k = 0; k < depth; ++k, at += left.column) {
    vec b[VECS];
#pragma GCC unroll 4
    for (int j = 0; j < VECS; ++j) {
      b[j] = Pinned(Load(panel + k * kWidth + j * kLanes));
    }
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const float x = a[i][at];
#pragma GCC unroll 4
      for (int j = 0; j < VECS; ++j) sum[i][j] += x * b[j];
    }
  }
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

// The last rows, fewer than ROWS.
template <int kRows>
void TileOf(int rows, const Left& left, const float* panel, int64_t depth,
            const Destination& to) {
  if constexpr (kRows > 0) {
    if (rows == kRows) return Tile<kRows>(left, panel, depth, to);
    TileOf<kRows - 1>(rows, left, panel, depth, to);
  }
}

// All `rows` of left.
void Multiply(const Left& left, int64_t rows, const float* panel, int64_t depth,
              const Destination& to) {
  for (int64_t i = 0; i < rows; i += ROWS) {
    const Left from_i = {left.data + i * left.row, left.row, left.column};
    const Destination to_i = {to.data + i * to.stride, to.stride, to.columns};
    if (i + ROWS <= rows) {
      Tile<ROWS>(from_i, panel, depth, to_i);
    } else {
      TileOf<ROWS - 1>((int)(rows - i), from_i, panel, depth, to_i);
    }
  }
}

struct Extents {
  int64_t n, d, k;
};

// Copies y[n][columns] to panel[n][kWidth], zeros in missing columns.
void Pack(const float* y, const Extents& of, int64_t columns, float* panel) {
  for (int64_t m = 0; m < of.n; ++m, y += of.k, panel += kWidth) {
    if (columns >= kWidth) {
#pragma GCC unroll 4
      for (int j = 0; j < kWidth; j += kLanes) Store(panel + j, Load(y + j));
    } else {
      for (int j = 0; j < kWidth; ++j) panel[j] = j < columns ? y[j] : 0.0f;
    }
  }
}

// Column `j` of all rows.
inline void Fetch(const float* data, const Extents& of, int64_t j) {
  if (j >= of.k) return;
  for (int64_t m = 0; m < of.n; ++m) {
    __builtin_prefetch(data + m * of.k + j);
    // Keeps the compiler from concluding that nothing happens here.
    asm volatile("");
  }
}

struct Sample {
  const float* x;
  const float* y;
  float* out;
};

void Chain(const Sample& s, const Extents& of, float* panel, float* product) {
  for (int64_t j = 0; j < of.k; j += kWidth) {
    const int columns = (int)Min(kWidth, of.k - j);
    Pack(s.y + j, of, columns, panel);
    Fetch(s.y, of, j + AHEAD * kWidth);
    Multiply({s.x, 1, of.d}, of.d, panel, of.n, {product, kWidth, kWidth});
    Fetch(s.out, of, j + AHEAD * kWidth);
    Multiply({s.x, of.d, 1}, of.n, product, of.d, {s.out + j, of.k, columns});
  }
}

Extents ExtentsOf(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const ke_tensor& y = call->inputs[IN_y];
  return {x.shape[x.rank - 2], x.shape[x.rank - 1], y.shape[y.rank - 1]};
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  const Extents of = ExtentsOf(call);
  return 64 + (of.n + of.d) * kWidth * sizeof(float);
}

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const Extents of = ExtentsOf(call);
  float* panel = (float*)(((uintptr_t)call->workspace + 63) / 64 * 64);
  int64_t samples = 1;
  for (int i = 0; i < x.rank - 2; ++i) samples *= x.shape[i];
  for (int64_t b = 0; b < samples; ++b) {
    Chain({(const float*)x.data + b * of.n * of.d,
           (const float*)call->inputs[IN_y].data + b * of.n * of.k,
           (float*)call->outputs[OUT_out].data + b * of.n * of.k},
          of, panel, panel + of.n * kWidth);
  }
  return 0;
}
