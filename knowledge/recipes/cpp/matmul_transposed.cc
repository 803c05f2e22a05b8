// ke:recipe matmul_transposed
// ke:summary c = a b', batched: rows by rows
// ke:input a f32 [..., M, K]
// ke:input b f32 [..., N, K]
// ke:output c f32 [..., M, N]
// ke:tune ROWS = 6 in {4, 5, 6, 8, 12, 14} when ROWS * VECS <= 28
// ke:tune VECS = 2 in {1, 2, 3, 4}
// ke:tune DEPTH = 384 in {64, 128, 192, 256, 384, 512}
// ke:tune BLOCK = 256 in {64, 128, 256, 512, 1024}
// ke:tune UNROLL = 4 in {1, 2, 4, 8}
//
// A register tile of ROWS x (VECS vectors) of c takes one broadcast of a and
// VECS loads of b' for ROWS * VECS multiply-adds. The levels above it:
//   b' panel  DEPTH x tile width  24 KiB, in L1 during a sweep over the a block
//   a block   BLOCK x DEPTH       384 KiB, in L2 for all panels
// Rows of b run along k, tiles need columns: panels are transposed in registers
// when they are packed, just in time. Rows of a are broadcast in place. What
// the next panel is made from is fetched a row at a time by the tiles.
#include <kernelevolve/abi.h>
#include <stdint.h>
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

// Exchanges the off-diagonal blocks of kStep x kStep elements in two rows that
// are kStep apart; done for 1, 2, 4, ... this transposes.
template <int kStep, int... kIndex>
inline void Exchange(vec& a, vec& b, std::integer_sequence<int, kIndex...>) {
  const vec low = __builtin_shufflevector(
      a, b, (kIndex & kStep ? kLanes + kIndex - kStep : kIndex)...);
  b = __builtin_shufflevector(
      a, b, (kIndex & kStep ? kLanes + kIndex : kIndex + kStep)...);
  a = low;
}

template <int kStep = 1>
inline void Transpose(vec (&rows)[kLanes]) {
  if constexpr (kStep < kLanes) {
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) {
      if ((i & kStep) == 0) {
        Exchange<kStep>(rows[i], rows[i + kStep],
                        std::make_integer_sequence<int, kLanes>());
      }
    }
    Transpose<2 * kStep>(rows);
  }
}

// b[columns][depth], transposed, to panel[depth][kWidth] with zeros in missing
// columns.
void Pack(const Matrix& b, int64_t columns, int64_t depth, float* panel) {
  for (int64_t j = 0; j < kWidth; j += kLanes) {
    const float* from = b.data + j * b.stride;
    const int64_t rows = columns - j;
    int64_t p = 0;
    for (; rows >= kLanes && p + kLanes <= depth; p += kLanes) {
      vec block[kLanes];
      for (int i = 0; i < kLanes; ++i) block[i] = Load(from + i * b.stride + p);
      Transpose(block);
      for (int i = 0; i < kLanes; ++i) {
        Store(panel + (p + i) * kWidth + j, block[i]);
      }
    }
    for (; p < depth; ++p) {
      for (int i = 0; i < kLanes; ++i) {
        panel[p * kWidth + j + i] = i < rows ? from[i * b.stride + p] : 0.0f;
      }
    }
  }
}

inline int64_t Min(int64_t x, int64_t y) { return x < y ? x : y; }

// Cuts `extent` into parts of equal size, none above `limit`.
inline int64_t Even(int64_t extent, int64_t limit) {
  const int64_t parts = (extent + limit - 1) / limit;
  return (extent + parts - 1) / parts;
}

struct Extents {
  int64_t m, n, k;
};

struct Operands {
  const float* a;
  const float* b;
  float* c;
};

// One step of blocking: rows [i, i + rows) of c, [k, k + depth) of the sums.
struct Step {
  int64_t i, rows, k, depth;
};

// Rows [begin, end) of what the panel of columns from j on is made from.
void Fetch(const float* b, const Extents& of, const Step& step, int64_t begin,
           int64_t end) {
  for (int64_t j = begin; j < Min(end, of.n); ++j) {
    const float* row = b + j * of.k + step.k;
    for (int64_t k = 0; k < step.depth; k += kLine) Prefetch(row + k);
  }
}

void Run(const Operands& on, const Extents& of, const Step& step,
         float* panel) {
  const int64_t tiles = (step.rows + ROWS - 1) / ROWS;
  const int64_t share = (kWidth + tiles - 1) / tiles;
  for (int64_t j = 0; j < of.n; j += kWidth) {
    const int columns = (int)Min(kWidth, of.n - j);
    Pack({on.b + j * of.k + step.k, of.k}, columns, step.depth, panel);
    for (int64_t tile = 0; tile < tiles; ++tile) {
      const int64_t next = j + kWidth + tile * share;
      Fetch(on.b, of, step, next, Min(next + share, j + 2 * kWidth));
      const int64_t row = step.i + tile * ROWS;
      const int rows = (int)Min(ROWS, step.i + step.rows - row);
      const Matrix a = {on.a + row * of.k + step.k, of.k};
      const Destination to = {on.c + row * of.n + j, of.n, columns, step.k > 0};
      if (rows == ROWS) {
        Tile<ROWS>(a, panel, step.depth, to);
      } else {
        TileOf<ROWS - 1>(rows, a, panel, step.depth, to);
      }
    }
  }
}

void Multiply(const Operands& on, const Extents& of, float* panel) {
  const int64_t depth = Even(of.k, DEPTH), rows = Even(of.m, BLOCK);
  for (int64_t k = 0; k < of.k; k += depth) {
    for (int64_t i = 0; i < of.m; i += rows) {
      Run(on, of, {i, Min(rows, of.m - i), k, Min(depth, of.k - k)}, panel);
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
  const Extents of = {a.shape[a.rank - 2], b.shape[b.rank - 2],
                      a.shape[a.rank - 1]};
  int64_t batches = 1;
  for (int i = 0; i < a.rank - 2; ++i) batches *= a.shape[i];
  float* panel = (float*)(((uintptr_t)call->workspace + 63) / 64 * 64);
  for (int64_t r = 0; r < batches; ++r) {
    Multiply({(const float*)a.data + r * of.m * of.k,
              (const float*)b.data + r * of.n * of.k,
              (float*)call->outputs[OUT_c].data + r * of.m * of.n},
             of, panel);
  }
  return 0;
}
