// ke:recipe gram_product
// ke:summary out = x (x' y) as (x x') y: fewer operations while N is small
// ke:input x f32 [..., N, D]
// ke:input y f32 [..., N, K]
// ke:output out f32 [..., N, K]
// ke:option PACK in {0, 1}
// ke:tune ROWS = 6 in {4, 5, 6, 8, 12, 14} when ROWS * VECS <= 28
// ke:tune VECS = 2 in {1, 2, 3, 4}
// ke:tune AHEAD = 2 in {1, 2, 4, 8, 16}
//
// x (x' y) costs 4 N D K operations, (x x') y costs 2 N N (D + K), and half of
// the first product is spared by symmetry: for N = 40, D = 224, K = 448 eight
// times fewer. The N x N matrix x x' stays in L1; y is read once and out is
// written once, so that what remains is bound by memory as much as by
// arithmetic. Each tile therefore fetches the columns of y, and of out, that
// come AHEAD tiles later.
//
//   PACK  1: tiles of y are copied to L1 first, for strides that alias there
//
// The two orders agree on finite numbers, and both lead to some NaN or infinity
// where the inputs hold one, but not to the same. They also round differently:
// where the terms of (x x') y cancel, those of x (x' y) may be small from the
// start. Columns with either sign of trouble are done again by the definition.
#include <float.h>
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
constexpr float kCancellation = 16;

typedef float vec __attribute__((vector_size(kLanes * sizeof(float))));
typedef float quad __attribute__((vector_size(4 * sizeof(float))));
typedef int int_vec __attribute__((vector_size(kLanes * sizeof(int))));
typedef float unaligned_vec
    __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

inline vec Load(const float* p) { return *(const unaligned_vec*)p; }
inline void Store(float* p, vec v) { *(unaligned_vec*)p = v; }
inline int64_t Min(int64_t x, int64_t y) { return x < y ? x : y; }

// The first `count` lanes, the others zero.
inline vec LoadPart(const float* p, int64_t count) {
  float lanes[kLanes] = {};
  memcpy(lanes, p, count * sizeof(float));
  return Load(lanes);
}

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

// The sums of four vectors. Zipping within groups of four lanes and adding
// halves the work from step to step.
template <int... kIndex>
inline quad Sums(vec a, vec b, vec c, vec d,
                 std::integer_sequence<int, kIndex...>) {
  auto low = [](vec p, vec q) {
    return __builtin_shufflevector(
        p, q, (kIndex / 4 * 4 + kIndex / 2 % 2 + kIndex % 2 * kLanes)...);
  };
  auto high = [](vec p, vec q) {
    return __builtin_shufflevector(
        p, q, (kIndex / 4 * 4 + kIndex / 2 % 2 + 2 + kIndex % 2 * kLanes)...);
  };
  const vec ab = low(a, b) + high(a, b), cd = low(c, d) + high(c, d);
  const vec abcd =
      __builtin_shufflevector(
          ab, cd, (kIndex / 4 * 4 + kIndex % 2 + kIndex / 2 % 2 * kLanes)...) +
      __builtin_shufflevector(
          ab, cd,
          (kIndex / 4 * 4 + kIndex % 2 + 2 + kIndex / 2 % 2 * kLanes)...);
  quad parts[kLanes / 4];
  memcpy(parts, &abcd, sizeof parts);
  for (int i = 1; i < kLanes / 4; ++i) parts[0] += parts[i];
  return parts[0];
}

inline float Sum(vec v) {
  return Sums(v, v, v, v, std::make_integer_sequence<int, kLanes>())[0];
}

struct Extents {
  int64_t n, d, k;
};

// Products of kRows rows with four rows of x from `a` and `b` on. Four sums
// each: enough in flight, and few enough for the registers.
template <int kRows>
inline void Dots(const float* a, const float* b, int64_t d,
                 quad (&dots)[kRows]) {
  vec sum[kRows][4] = {};
  auto add = [&](int64_t p, auto load) {
    vec left[kRows];
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) left[r] = Pinned(load(a + r * d + p));
#pragma GCC unroll 4
    for (int c = 0; c < 4; ++c) {
      const vec right = Pinned(load(b + c * d + p));
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) sum[r][c] += left[r] * right;
    }
  };
  int64_t p = 0;
  for (; p + kLanes <= d; p += kLanes) add(p, Load);
  if (p < d) add(p, [=](const float* at) { return LoadPart(at, d - p); });
  for (int r = 0; r < kRows; ++r) {
    dots[r] = Sums(sum[r][0], sum[r][1], sum[r][2], sum[r][3],
                   std::make_integer_sequence<int, kLanes>());
  }
}

// gram[n][n] = x x'. Blocks of 3 x 4 that touch the diagonal or lie above it,
// and their mirror images. The last blocks reach back over their neighbours.
void Gram(const float* x, const Extents& of, float* gram) {
  if (of.n < 4) {
    for (int64_t i = 0; i < of.n; ++i) {
      for (int64_t j = 0; j < of.n; ++j) {
        vec sum = {};
        int64_t p = 0;
        for (; p + kLanes <= of.d; p += kLanes) {
          sum += Load(x + i * of.d + p) * Load(x + j * of.d + p);
        }
        sum += LoadPart(x + i * of.d + p, of.d - p) *
               LoadPart(x + j * of.d + p, of.d - p);
        gram[i * of.n + j] = Sum(sum);
      }
    }
    return;
  }
  for (int64_t row = 0; row < of.n; row += 3) {
    const int64_t i = Min(row, of.n - 3);
    for (int64_t column = i / 4 * 4; column < of.n; column += 4) {
      const int64_t j = Min(column, of.n - 4);
      quad dots[3];
      Dots<3>(x + i * of.d, x + j * of.d, of.d, dots);
      for (int r = 0; r < 3; ++r) {
        for (int c = 0; c < 4; ++c) {
          gram[(i + r) * of.n + j + c] = dots[r][c];
          gram[(j + c) * of.n + i + r] = dots[r][c];
        }
      }
    }
  }
}

// Where a tile's result goes. Only `columns` of kWidth columns exist.
struct Destination {
  float* data;
  int64_t stride;
  int columns;
};

// to[kRows][kWidth] = gram[kRows][n] y[n][kWidth]
template <int kRows>
[[gnu::noinline]] void Tile(const float* gram, int64_t n, const float* y,
                            int64_t stride, const Destination& to) {
  vec sum[kRows][VECS] = {};
  for (int64_t m = 0; m < n; ++m, y += stride) {
    vec in[VECS];
#pragma GCC unroll 4
    for (int j = 0; j < VECS; ++j) in[j] = Pinned(Load(y + j * kLanes));
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
      for (int j = 0; j < VECS; ++j) sum[i][j] += gram[i * n + m] * in[j];
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
void TileOf(int rows, const float* gram, int64_t n, const float* y,
            int64_t stride, const Destination& to) {
  if constexpr (kRows > 0) {
    if (rows == kRows) return Tile<kRows>(gram, n, y, stride, to);
    TileOf<kRows - 1>(rows, gram, n, y, stride, to);
  }
}

// Copies y[n][columns] to panel[n][kWidth], zeros in missing columns.
void Pack(const float* y, const Extents& of, int columns, float* panel) {
  for (int64_t m = 0; m < of.n; ++m, y += of.k, panel += kWidth) {
    for (int j = 0; j < kWidth; j += kLanes) {
      Store(panel + j, j + kLanes <= columns
                           ? Load(y + j)
                           : LoadPart(y + j, columns > j ? columns - j : 0));
    }
  }
}

bool Finite(const float* p, int64_t count) {
  float probe = 0;
#pragma omp simd reduction(+ : probe)
  for (int64_t i = 0; i < count; ++i) probe += p[i] * 0.0f;
  return probe == 0;
}

inline vec Magnitude(vec v) { return (vec)((int_vec)v & 0x7fffffff); }

// Looks at one row of a tile's result: whether it is finite, and (from the
// first columns) not so much smaller than the terms it is the sum of that the
// order of summation matters. gram is a row, y[n][kWidth] and out belong to it.
bool Sound(const float* gram, int64_t n, const float* y, int64_t stride,
           const Destination& out) {
  vec all = {}, terms[4] = {};  // four chains
  int64_t m = 0;
  for (; m + 4 <= n; m += 4) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i, y += stride) {
      terms[i] += __builtin_fabsf(gram[m + i]) * Magnitude(Load(y));
    }
  }
  for (; m < n; ++m, y += stride) {
    terms[0] += __builtin_fabsf(gram[m]) * Magnitude(Load(y));
  }
  for (int c = kLanes; c < out.columns; c += kLanes) {
    all += out.columns - c < kLanes ? LoadPart(out.data + c, out.columns - c)
                                    : Load(out.data + c);
  }
  const vec first =
      out.columns < kLanes ? LoadPart(out.data, out.columns) : Load(out.data);
  const quad sums =
      Sums((terms[0] + terms[1]) + (terms[2] + terms[3]), Magnitude(first), all,
           all, std::make_integer_sequence<int, kLanes>());
  return sums[0] <= kCancellation * sums[1] && sums[1] < FLT_MAX &&
         __builtin_fabsf(sums[2]) < FLT_MAX;
}

struct Sample {
  const float* x;
  const float* y;
  float* out;
  bool last;  // no other x behind this one
};

// By the definition; `product` holds [d][columns] of x' y.
void Redo(const Sample& s, const Extents& of, int64_t j, int columns,
          float* product) {
  memset(product, 0, of.d * kWidth * sizeof(float));
  for (int64_t i = 0; i < of.n; ++i) {
    for (int64_t p = 0; p < of.d; ++p) {
      const float factor = s.x[i * of.d + p];
      for (int c = 0; c < columns; ++c) {
        product[p * kWidth + c] += factor * s.y[i * of.k + j + c];
      }
    }
  }
  for (int64_t i = 0; i < of.n; ++i) {
    float* row = s.out + i * of.k + j;
    for (int c = 0; c < columns; ++c) row[c] = 0;
    for (int64_t p = 0; p < of.d; ++p) {
      const float factor = s.x[i * of.d + p];
      for (int c = 0; c < columns; ++c)
        row[c] += factor * product[p * kWidth + c];
    }
  }
}

// Scratch memory of one call.
struct Scratch {
  float* gram;     // [n][n]
  float* panel;    // [n][kWidth]
  float* product;  // [d][kWidth]

  Scratch(void* workspace, const Extents& of) {
    gram = (float*)(((uintptr_t)workspace + 63) / 64 * 64);
    panel = gram + (of.n * of.n + kLanes - 1) / kLanes * kLanes;
    product = panel + of.n * kWidth;
  }
  static uint64_t Bytes(const Extents& of) {
    return 64 + (of.n * of.n + kLanes + (of.n + of.d) * kWidth) * sizeof(float);
  }
};

// Rows [i, i + rows) of y and out, AHEAD tiles on from column j.
inline void Fetch(const Sample& s, const Extents& of, int64_t i, int64_t rows,
                  int64_t j) {
  const int64_t at = j + AHEAD * kWidth;
  if (at >= of.k) return;
  for (int64_t r = i; r < i + rows; ++r) {
    Prefetch(s.y + r * of.k + at);
    Prefetch(s.out + r * of.k + at);
  }
}

void Multiply(const Sample& s, const Extents& of, const Scratch& scratch) {
  for (int64_t tile = -AHEAD; tile < 0; ++tile) {
    Fetch(s, of, 0, of.n, tile * kWidth);
  }
  Gram(s.x, of, scratch.gram);
  const bool finite = Finite(scratch.gram, of.n * of.n);
  const int64_t size = of.n * of.d, tiles = (of.k + kWidth - 1) / kWidth;
  const int64_t share = (size / kLine + tiles) / tiles * kLine;
  for (int64_t j = 0; j < of.k; j += kWidth) {
    const int columns = (int)Min(kWidth, of.k - j);
    const float* y = s.y + j;
    int64_t stride = of.k;
    if (PACK || columns < kWidth) {
      Pack(y, of, columns, scratch.panel);
      y = scratch.panel;
      stride = kWidth;
    }
    const int64_t from = j / kWidth * share;
    for (int64_t p = from; !s.last && p < Min(from + share, size); p += kLine) {
      Prefetch(s.x + size + p);
    }
    for (int64_t i = 0; i < of.n; i += ROWS) {
      const int64_t rows = Min(ROWS, of.n - i);
      Fetch(s, of, i, rows, j);
      const float* gram = scratch.gram + i * of.n;
      const Destination to = {s.out + i * of.k + j, of.k, columns};
      if (rows == ROWS) {
        Tile<ROWS>(gram, of.n, y, stride, to);
      } else {
        TileOf<ROWS - 1>((int)rows, gram, of.n, y, stride, to);
      }
    }
    // What is not finite in a column of y shows in every row of out, the first
    // too.
    const Destination first = {s.out + j, of.k, columns};
    if (!finite || !Sound(scratch.gram, of.n, y, stride, first)) {
      Redo(s, of, j, columns, scratch.product);
    }
  }
}

Extents ExtentsOf(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const ke_tensor& y = call->inputs[IN_y];
  return {x.shape[x.rank - 2], x.shape[x.rank - 1], y.shape[y.rank - 1]};
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return Scratch::Bytes(ExtentsOf(call));
}

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const Extents of = ExtentsOf(call);
  const Scratch scratch(call->workspace, of);
  int64_t batches = 1;
  for (int i = 0; i < x.rank - 2; ++i) batches *= x.shape[i];
  for (int64_t b = 0; b < batches; ++b) {
    const float* xb = (const float*)x.data + b * of.n * of.d;
    Multiply({xb, (const float*)call->inputs[IN_y].data + b * of.n * of.k,
              (float*)call->outputs[OUT_out].data + b * of.n * of.k,
              b + 1 == batches},
             of, scratch);
  }
  return 0;
}
