// ke:recipe matmul_direct
// ke:summary c = a b, batched; nothing packed, for small or skinny matrices
// ke:input a f32 [..., M, K]
// ke:input b f32 [..., K, N]
// ke:output c f32 [..., M, N]
// ke:tune ROWS = 6 in {4, 5, 6, 8, 12} when ROWS * VECS <= 24
// ke:tune VECS = 2 in {1, 2, 3}
// ke:tune AHEAD = 8 in {0, 4, 8, 16, 32}
//
// Register tiles of c that run over all of k at once: c is written once, both
// operands are read in place. Ragged ends cost no masks: the last tile reaches
// back over its neighbour and computes some elements of c again. Matrices with
// fewer rows than a tile get one that is as much wider as it is lower, so that
// as many sums are in flight, and rows of b are read in longer runs. Each tile
// fetches b AHEAD rows before it is needed (0: leaves that to the hardware).
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
constexpr int kLine = 64 / sizeof(float);

typedef float vec __attribute__((vector_size(kLanes * sizeof(float))));
typedef float unaligned_vec
    __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

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

// Vectors side by side in a tile of `rows`.
constexpr int VectorsOf(int rows) {
  return rows >= ROWS ? VECS
         : rows == 1  ? 8
         : rows == 2  ? 6
         : rows == 3  ? 4
                      : 2;
}

struct Matrix {
  const float* data;
  int64_t stride;
};

struct Extents {
  int64_t m, n, k;
};

// c[kRows][kVecs vectors] = a[kRows][depth] b[depth][kVecs vectors]
template <int kRows, int kVecs>
[[gnu::noinline]] void Tile(const Matrix& a, const Matrix& b, int64_t depth,
                            float* c, int64_t c_stride) {
  vec sum[kRows][kVecs] = {};
  const float* in[kRows];
  for (int i = 0; i < kRows; ++i) in[i] = a.data + i * a.stride;
  const float* row = b.data;
  for (int64_t k = 0; k < depth; ++k, row += b.stride) {
    if (AHEAD > 0 && k + AHEAD < depth) {
      for (int j = 0; j < kVecs * kLanes; j += kLine) {
        __builtin_prefetch(row + AHEAD * b.stride + j);
      }
    }
    vec right[kVecs];
#pragma GCC unroll 8
    for (int j = 0; j < kVecs; ++j) right[j] = Pinned(Load(row + j * kLanes));
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const float x = in[i][k];
#pragma GCC unroll 8
      for (int j = 0; j < kVecs; ++j) sum[i][j] += x * right[j];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < kVecs; ++j)
      Store(c + i * c_stride + j * kLanes, sum[i][j]);
  }
}

struct Operands {
  const float* a;
  const float* b;
  float* c;
  float* panel;  // [k][kLanes] of scratch
};

// For fewer columns than a vector has lanes: through copies that are as wide.
template <int kRows>
void Narrow(const Operands& on, const Extents& of) {
  memset(on.panel, 0, of.k * kLanes * sizeof(float));
  for (int64_t k = 0; k < of.k; ++k) {
    for (int64_t j = 0; j < of.n; ++j) {
      on.panel[k * kLanes + j] = on.b[k * of.n + j];
    }
  }
  for (int64_t i = 0; i < of.m; i += kRows) {
    const int64_t row = i + kRows <= of.m ? i : of.m - kRows;
    float done[kRows * kLanes];
    Tile<kRows, 1>({on.a + row * of.k, of.k}, {on.panel, kLanes}, of.k, done,
                   kLanes);
    for (int r = 0; r < kRows; ++r) {
      memcpy(on.c + (row + r) * of.n, done + r * kLanes, of.n * sizeof(float));
    }
  }
}

// At least kRows rows. Tiles of kVecs vectors, or as many as fit.
template <int kRows, int kVecs>
void Columns(const Operands& on, const Extents& of) {
  constexpr int kWidth = kVecs * kLanes;
  if (of.n < kWidth) {
    if constexpr (kVecs > 1) return Columns<kRows, kVecs / 2>(on, of);
    return Narrow<kRows>(on, of);
  }
  for (int64_t j = 0; j < of.n; j += kWidth) {
    const int64_t column = j + kWidth <= of.n ? j : of.n - kWidth;
    for (int64_t i = 0; i < of.m; i += kRows) {
      const int64_t row = i + kRows <= of.m ? i : of.m - kRows;
      Tile<kRows, kVecs>({on.a + row * of.k, of.k}, {on.b + column, of.n}, of.k,
                         on.c + row * of.n + column, of.n);
    }
  }
}

template <int kRows>
void Multiply(const Operands& on, const Extents& of) {
  if constexpr (kRows > 1) {
    if (of.m < kRows) return Multiply<kRows - 1>(on, of);
  }
  Columns<kRows, VectorsOf(kRows)>(on, of);
}

Extents ExtentsOf(const ke_call* call) {
  const ke_tensor& a = call->inputs[IN_a];
  const ke_tensor& b = call->inputs[IN_b];
  return {a.shape[a.rank - 2], b.shape[b.rank - 1], a.shape[a.rank - 1]};
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  const Extents of = ExtentsOf(call);
  return of.n < kLanes ? of.k * kLanes * sizeof(float) : 0;
}

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& a = call->inputs[IN_a];
  const Extents of = ExtentsOf(call);
  int64_t batches = 1;
  for (int i = 0; i < a.rank - 2; ++i) batches *= a.shape[i];
  for (int64_t r = 0; r < batches; ++r) {
    const Operands on = {
        (const float*)a.data + r * of.m * of.k,
        (const float*)call->inputs[IN_b].data + r * of.k * of.n,
        (float*)call->outputs[OUT_c].data + r * of.m * of.n,
        (float*)call->workspace};
    Multiply<ROWS>(on, of);
  }
  return 0;
}
