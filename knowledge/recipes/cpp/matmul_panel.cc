// ke:recipe matmul_panel
// ke:summary c = a b, batched; b packed just in time, a read in place from L2
// ke:input a f32 [..., M, K]
// ke:input b f32 [..., K, N]
// ke:output c f32 [..., M, N]
// ke:tune ROWS = 6 in {4, 5, 6, 8, 12, 14} when ROWS * VECS <= 28
// ke:tune VECS = 2 in {1, 2, 3, 4}
// ke:tune DEPTH = 384 in {64, 128, 192, 256, 384, 512}
// ke:tune BLOCK = 256 in {64, 128, 256, 512, 1024}
// ke:tune UNROLL = 4 in {1, 2, 4, 8}
//
// A register tile of ROWS x (VECS vectors) of c takes one broadcast of a and
// VECS loads of b for ROWS * VECS multiply-adds. The levels above it:
//   b panel  DEPTH x tile width  24 KiB, in L1 during a sweep over the a block
//   a block  BLOCK x DEPTH       384 KiB, in L2 for all panels of b
// Operands start in memory. The panel of b that comes next is prefetched a few
// rows at a time by every tile, so its latency hides behind arithmetic, and
// copying it then costs about as much as half a tile. Rows of a are contiguous
// along k and are broadcast in place: packing them would only move cold misses
// from where they overlap with arithmetic to where they do not.
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
constexpr int kLine = 64 / sizeof(float);
constexpr int kUnroll = UNROLL;

typedef float vec __attribute__((vector_size(kLanes * sizeof(float))));
typedef float unaligned_vec
    __attribute__((vector_size(kLanes * sizeof(float)), aligned(4)));

inline vec Load(const float* p) { return *(const unaligned_vec*)p; }
inline void Store(float* p, vec v) { *(unaligned_vec*)p = v; }

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

struct Matrix {
  const float* data;
  int64_t stride;
};

// Rows [begin, end) of a panel of b, prefetched while other work goes on.
struct Ahead {
  const float* row;
  int64_t stride;
  int64_t count;
  int width;
};

inline void Fetch(const Ahead& ahead) {
  for (int64_t i = 0; i < ahead.count; ++i) {
    const float* row = ahead.row + i * ahead.stride;
    for (int j = 0; j < ahead.width; j += kLine) Prefetch(row + j);
    Prefetch(row + ahead.width - 1);
  }
}

// Where a tile's result goes. Only `columns` of kWidth columns exist.
struct Destination {
  float* data;
  int64_t stride;
  int columns;
  bool accumulate;
};

template <int kRows>
inline void Write(const vec (&sum)[kRows][VECS], const Destination& to) {
  if (to.columns == kWidth) {
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      float* row = to.data + i * to.stride;
#pragma GCC unroll 4
      for (int j = 0; j < VECS; ++j) {
        vec v = sum[i][j];
        if (to.accumulate) v += Load(row + j * kLanes);
        Store(row + j * kLanes, v);
      }
    }
    return;
  }
  for (int i = 0; i < kRows; ++i) {
    float edge[kWidth];
    memcpy(edge, sum[i], sizeof edge);
    float* row = to.data + i * to.stride;
    for (int j = 0; j < to.columns; ++j) {
      row[j] = to.accumulate ? row[j] + edge[j] : edge[j];
    }
  }
}

// c[kRows][kWidth] (+)= a[kRows][depth] panel[depth][kWidth]
template <int kRows>
[[gnu::noinline]] void Tile(Matrix a, const float* panel, int64_t depth,
                            const Destination& to) {
  vec sum[kRows][VECS] = {};
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
    __builtin_prefetch(to.data + i * to.stride, 1);
    __builtin_prefetch(to.data + i * to.stride + to.columns - 1, 1);
  }
  const float* row[kRows];
  for (int i = 0; i < kRows; ++i) row[i] = a.data + i * a.stride;
#pragma GCC unroll kUnroll
  for (int64_t k = 0; k < depth; ++k) {
    vec b[VECS];
#pragma GCC unroll 4
    for (int j = 0; j < VECS; ++j)
      b[j] = Pinned(Load(panel + k * kWidth + j * kLanes));
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const float x = row[i][k];
#pragma GCC unroll 4
      for (int j = 0; j < VECS; ++j) sum[i][j] += x * b[j];
    }
  }
  Write<kRows>(sum, to);
}

// The last rows of a block, fewer than ROWS.
template <int kRows>
void TileOf(int rows, Matrix a, const float* panel, int64_t depth,
            const Destination& to) {
  if constexpr (kRows > 0) {
    if (rows == kRows) return Tile<kRows>(a, panel, depth, to);
    TileOf<kRows - 1>(rows, a, panel, depth, to);
  }
}

// Copies b[depth][columns] to panel[depth][kWidth], zeros in missing columns.
void Pack(Matrix b, int64_t depth, int columns, float* panel) {
  if (columns == kWidth) {
    for (int64_t k = 0; k < depth; ++k) {
#pragma GCC unroll 4
      for (int j = 0; j < VECS; ++j) {
        Store(panel + k * kWidth + j * kLanes,
              Load(b.data + k * b.stride + j * kLanes));
      }
    }
    return;
  }
  for (int64_t k = 0; k < depth; ++k) {
    for (int j = 0; j < kWidth; ++j) {
      panel[k * kWidth + j] = j < columns ? b.data[k * b.stride + j] : 0.0f;
    }
  }
}

inline int64_t Min(int64_t x, int64_t y) { return x < y ? x : y; }

// Cuts `extent` into parts of equal size, none above `limit`.
inline int64_t Even(int64_t extent, int64_t limit) {
  const int64_t parts = (extent + limit - 1) / limit;
  return (extent + parts - 1) / parts;
}

// One step of blocking: c[rows][n] (+)= a[rows][depth] b[depth][n].
struct Step {
  Matrix a, b;
  float* c;
  int64_t rows, depth, n;
  bool accumulate;
};

// Takes the panel of b at column j to the tile at row i of c.
inline void TileAt(const Step& step, int64_t i, int64_t j, const float* panel) {
  const Matrix a = {step.a.data + i * step.a.stride, step.a.stride};
  const Destination to = {step.c + i * step.n + j, step.n,
                          (int)Min(kWidth, step.n - j), step.accumulate};
  if (i + ROWS <= step.rows) {
    Tile<ROWS>(a, panel, step.depth, to);
  } else {
    TileOf<ROWS - 1>((int)(step.rows - i), a, panel, step.depth, to);
  }
}

void Run(const Step& step, float* panel) {
  const int64_t tiles = (step.rows + ROWS - 1) / ROWS;
  const int64_t share = (step.depth + tiles - 1) / tiles;
  for (int64_t j = 0; j < step.n; j += kWidth) {
    const Matrix b = {step.b.data + j, step.b.stride};
    const int columns = (int)Min(kWidth, step.n - j);
    const int next_columns = (int)Min(kWidth, step.n - j - kWidth);
    Pack(b, step.depth, columns, panel);
    for (int64_t tile = 0; tile < tiles; ++tile) {
      const int64_t k = tile * share;
      if (next_columns > 0 && k < step.depth) {
        Fetch({b.data + k * b.stride + kWidth, b.stride,
               Min(share, step.depth - k), next_columns});
      }
      TileAt(step, tile * ROWS, j, panel);
    }
  }
}

struct Extents {
  int64_t m, n, k;
};

void Multiply(const float* a, const float* b, float* c, Extents of,
              float* panel) {
  const int64_t depth = Even(of.k, DEPTH), rows = Even(of.m, BLOCK);
  for (int64_t k = 0; k < of.k; k += depth) {
    for (int64_t i = 0; i < of.m; i += rows) {
      Run({{a + i * of.k + k, of.k},
           {b + k * of.n, of.n},
           c + i * of.n,
           Min(rows, of.m - i),
           Min(depth, of.k - k),
           of.n,
           k > 0},
          panel);
    }
  }
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call*) {
  return DEPTH * kWidth * sizeof(float) + 64;
}

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& a = call->inputs[IN_a];
  const ke_tensor& b = call->inputs[IN_b];
  const Extents of = {a.shape[a.rank - 2], b.shape[b.rank - 1],
                      a.shape[a.rank - 1]};
  int64_t batches = 1;
  for (int i = 0; i < a.rank - 2; ++i) batches *= a.shape[i];
  float* panel = (float*)(((uintptr_t)call->workspace + 63) / 64 * 64);
  for (int64_t r = 0; r < batches; ++r) {
    Multiply((const float*)a.data + r * of.m * of.k,
             (const float*)b.data + r * of.k * of.n,
             (float*)call->outputs[OUT_c].data + r * of.m * of.n, of, panel);
  }
  return 0;
}
