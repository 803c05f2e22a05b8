// ke:recipe linear
// ke:summary y = x w' + bias; w packed once where it is constant
// ke:input x f32 [..., K]
// ke:input w f32 [N, K]
// ke:input bias f32 [N]
// ke:output y f32 [..., N]
// ke:tune ROWS = 6 in {4, 5, 6, 8, 12, 14} when ROWS * VECS <= 28
// ke:tune VECS = 2 in {1, 2, 3, 4}
// ke:tune DEPTH = 384 in {64, 128, 192, 256, 384, 512}
// ke:tune BLOCK = 256 in {64, 128, 256, 512, 1024}
// ke:tune UNROLL = 4 in {1, 2, 4, 8}
//
// A register tile of ROWS x (VECS vectors) of y takes one broadcast of x and
// VECS loads of w' for ROWS * VECS multiply-adds. The levels above it:
//   w' panel  DEPTH x tile width  24 KiB, in L1 during a sweep over the x block
//   x block   BLOCK x DEPTH       384 KiB, in L2 for all panels
// Rows of w run along k, tiles need columns: panels are transposed in registers
// when they are packed, once in ke_setup for a constant w, else just in time.
// Rows of x are broadcast in place.
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

// Where a tile's result goes. Only `columns` of kWidth columns exist. `bias` is
// null when y already holds the sums over smaller k.
struct Destination {
  float* data;
  int64_t stride;
  int columns;
  const float* bias;
};

// `count` elements of p, zeros behind them.
inline void Part(const float* p, int64_t count, float (&out)[kWidth]) {
  memset(out, 0, sizeof out);
  memcpy(out, p, count * sizeof(float));
}

template <int kRows>
inline void Write(const vec (&sum)[kRows][VECS], const Destination& to) {
  float first[kWidth];  // what the sums are added to
  if (to.bias != nullptr) Part(to.bias, to.columns, first);
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
    float* row = to.data + i * to.stride;
    if (to.bias == nullptr) Part(row, to.columns, first);
    float done[kWidth];
#pragma GCC unroll 4
    for (int j = 0; j < VECS; ++j) {
      Store(done + j * kLanes, Load(first + j * kLanes) + sum[i][j]);
    }
    memcpy(row, done, to.columns * sizeof(float));
  }
}

// y[kRows][kWidth] (+)= x[kRows][depth] panel[depth][kWidth]
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

// w[columns][depth], transposed, to panel[depth][kWidth] with zeros in missing
// columns.
void Pack(const Matrix& w, int64_t columns, int64_t depth, float* panel) {
  for (int64_t j = 0; j < kWidth; j += kLanes) {
    const float* from = w.data + j * w.stride;
    const int64_t rows = columns - j;
    int64_t p = 0;
    for (; rows >= kLanes && p + kLanes <= depth; p += kLanes) {
      vec block[kLanes];
      for (int i = 0; i < kLanes; ++i) block[i] = Load(from + i * w.stride + p);
      Transpose(block);
      for (int i = 0; i < kLanes; ++i) {
        Store(panel + (p + i) * kWidth + j, block[i]);
      }
    }
    for (; p < depth; ++p) {
      for (int i = 0; i < kLanes; ++i) {
        panel[p * kWidth + j + i] = i < rows ? from[i * w.stride + p] : 0.0f;
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
  int64_t rows, n, k;

  int64_t depth() const { return Even(k, DEPTH); }
  int64_t padded() const { return (n + kWidth - 1) / kWidth * kWidth; }
};

// Panels of all of w', [part of k][panel][depth][kWidth].
void PackAll(const float* w, const Extents& of, float* packed) {
  for (int64_t k = 0; k < of.k; k += of.depth()) {
    const int64_t depth = Min(of.depth(), of.k - k);
    for (int64_t j = 0; j < of.n; j += kWidth, packed += depth * kWidth) {
      Pack({w + j * of.k + k, of.k}, Min(kWidth, of.n - j), depth, packed);
    }
  }
}

struct Operands {
  const float* x;
  const float* w;
  const float* packed;  // null: pack panels of w just in time
  const float* bias;
  float* y;
};

// What the next panel will be made from, or is, fetched by rows of `width`.
struct Ahead {
  const float* data;
  int64_t stride, rows, width;

  void Fetch(int64_t begin, int64_t end) const {
    for (int64_t i = begin; i < Min(end, rows); ++i) {
      for (int64_t j = 0; j < width; j += kLine)
        Prefetch(data + i * stride + j);
    }
  }
};

// One step of blocking: rows [i, i + rows) of y, [k, k + depth) of the sums.
struct Step {
  int64_t i, rows, k, depth;
};

Ahead AheadOf(const Operands& on, const Extents& of, const Step& step,
              int64_t j) {
  const int64_t columns = Min(kWidth, of.n - j);
  if (columns <= 0) return {nullptr, 0, 0, 0};
  if (on.packed == nullptr) {
    return {on.w + j * of.k + step.k, of.k, columns, step.depth};
  }
  return {on.packed + step.k * of.padded() + j * step.depth, kWidth, step.depth,
          kWidth};
}

void Run(const Operands& on, const Extents& of, const Step& step,
         float* scratch) {
  const int64_t tiles = (step.rows + ROWS - 1) / ROWS;
  for (int64_t j = 0; j < of.n; j += kWidth) {
    const int columns = (int)Min(kWidth, of.n - j);
    const float* panel = scratch;
    if (on.packed != nullptr) {
      panel = on.packed + step.k * of.padded() + j * step.depth;
    } else {
      Pack({on.w + j * of.k + step.k, of.k}, columns, step.depth, scratch);
    }
    const Ahead next = AheadOf(on, of, step, j + kWidth);
    const int64_t share = (next.rows + tiles - 1) / tiles;
    for (int64_t tile = 0; tile < tiles; ++tile) {
      next.Fetch(tile * share, (tile + 1) * share);
      const int64_t row = step.i + tile * ROWS;
      const int rows = (int)Min(ROWS, step.i + step.rows - row);
      const Matrix x = {on.x + row * of.k + step.k, of.k};
      const Destination to = {on.y + row * of.n + j, of.n, columns,
                              step.k == 0 ? on.bias + j : nullptr};
      if (rows == ROWS) {
        Tile<ROWS>(x, panel, step.depth, to);
      } else {
        TileOf<ROWS - 1>(rows, x, panel, step.depth, to);
      }
    }
  }
}

Extents ExtentsOf(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  int64_t rows = 1;
  for (int i = 0; i < x.rank - 1; ++i) rows *= x.shape[i];
  return {rows, call->inputs[IN_w].shape[0], x.shape[x.rank - 1]};
}

}  // namespace

extern "C" int ke_setup(const ke_call* call, void** state) {
  const Extents of = ExtentsOf(call);
  const float* w = (const float*)call->inputs[IN_w].data;
  *state = nullptr;
  if (w == nullptr) return 0;
  const uint64_t bytes = of.k * of.padded() * sizeof(float);
  *state = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (*state == nullptr) return 1;
  PackAll(w, of, (float*)*state);
  return 0;
}

extern "C" void ke_teardown(void* state) { free(state); }

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return ExtentsOf(call).depth() * kWidth * sizeof(float) + 64;
}

extern "C" int ke_run(const ke_call* call) {
  const Extents of = ExtentsOf(call);
  const Operands on = {(const float*)call->inputs[IN_x].data,
                       (const float*)call->inputs[IN_w].data,
                       (const float*)call->state,
                       (const float*)call->inputs[IN_bias].data,
                       (float*)call->outputs[OUT_y].data};
  float* scratch = (float*)(((uintptr_t)call->workspace + 63) / 64 * 64);
  const int64_t depth = of.depth(), rows = Even(of.rows, BLOCK);
  for (int64_t k = 0; k < of.k; k += depth) {
    for (int64_t i = 0; i < of.rows; i += rows) {
      Run(on, of, {i, Min(rows, of.rows - i), k, Min(depth, of.k - k)},
          scratch);
    }
  }
  return 0;
}
