// ke:recipe attention_blocked
// ke:summary softmax(q k' / sqrt(d)) v by blocks of queries and keys
// ke:input q f32 [..., S, D]
// ke:input k f32 [..., T, D]
// ke:input v f32 [..., T, E]
// ke:output out f32 [..., S, E]
// ke:calls exp max sqrt
// ke:tune ROWS = 6 in {4, 5, 6, 8, 12, 14} when ROWS * VECS <= 28
// ke:tune VECS = 2 in {1, 2, 3, 4}
// ke:tune QUERIES = 48 in {16, 24, 48, 96}
// ke:tune KEYS = 512 in {64, 128, 256, 512, 1024}
//
// For each head, k (transposed) and v are packed into panels one register tile
// wide, which stay in L2. For QUERIES queries at a time, and KEYS keys:
//   s = q k' / sqrt(d)         96 KiB, in L2; a panel of k' stays in L1
//   s = exp(s - largest)       rows in a sweep each, with the sums of rows
//   o = o * correction + s v   a panel of v stays in L1
// The correction is the online softmax: what earlier keys have contributed was
// relative to the largest score so far. With at most KEYS keys it never runs,
// and the softmax is the plain one. Rows are divided by their sums at the end.
// The k and v of the next head are fetched a few lines at a time meanwhile.
#include <kernelevolve/abi.h>
#include <math.h>
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

typedef float vec __attribute__((vector_size(kLanes * sizeof(float))));
typedef int int_vec __attribute__((vector_size(kLanes * sizeof(int))));
typedef float unaligned_vec
    __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

inline vec Load(const float* p) { return *(const unaligned_vec*)p; }
inline void Store(float* p, vec v) { *(unaligned_vec*)p = v; }
inline int64_t Min(int64_t x, int64_t y) { return x < y ? x : y; }
inline int64_t Padded(int64_t n) { return (n + kWidth - 1) / kWidth * kWidth; }

// Keeps a loaded vector in its register. Without it the compiler may read it
// from memory again for every multiply-add, which doubles the loads.
inline vec Pinned(vec v) {
#if defined(__x86_64__)
  asm("" : "+v"(v));
#endif
  return v;
}

// exp(x) for x <= 0, within 2 units in the last place; 0 below -87.7, NaN for
// NaN. x = n ln 2 + r; n is read off the low bits of a float so large that its
// unit is 1.
inline vec Exp(vec x) {
  constexpr float kShift = 12582912.0f + 127.0f;  // 1.5 * 2^23 + exponent bias
  const vec lowest = vec{} - 88.0f;
  x = lowest > x ? lowest : x;
  const vec shifted = x * 1.44269504f + kShift;
  const vec n = shifted - kShift;
  const vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  const vec r2 = r * r;
  const vec low = r * 1.66671142e-1f + 4.99992311e-1f;
  const vec high = r * 8.31252057e-3f + 4.18901555e-2f;
  const vec p = r2 * (r2 * high + low) + (r + 1.0f);
  return p * (vec)((int_vec)shifted << 23);
}

// kRows rows of a, `stride` apart, by panel[depth][kWidth]; the sums of each
// row go to take(row, sums).
template <int kRows, typename Take>
[[gnu::noinline]] void Tile(const float* a, int64_t stride, const float* panel,
                            int64_t depth, const Take& take) {
  vec sum[kRows][VECS] = {};
  const float* row[kRows];
  for (int i = 0; i < kRows; ++i) row[i] = a + i * stride;
#pragma GCC unroll 4
  for (int64_t p = 0; p < depth; ++p) {
    vec b[VECS];
#pragma GCC unroll 4
    for (int j = 0; j < VECS; ++j) {
      b[j] = Pinned(Load(panel + p * kWidth + j * kLanes));
    }
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const float x = row[i][p];
#pragma GCC unroll 4
      for (int j = 0; j < VECS; ++j) sum[i][j] += x * b[j];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) take(i, sum[i]);
}

// The last rows, fewer than ROWS.
template <int kRows, typename Take>
void TileOf(int rows, const float* a, int64_t stride, const float* panel,
            int64_t depth, const Take& take) {
  if constexpr (kRows > 0) {
    if (rows == kRows) return Tile<kRows>(a, stride, panel, depth, take);
    TileOf<kRows - 1>(rows, a, stride, panel, depth, take);
  }
}

// All `rows` of a by tiles.
template <typename Take>
void Rows(int64_t rows, const float* a, int64_t stride, const float* panel,
          int64_t depth, const Take& take) {
  for (int64_t i = 0; i < rows; i += ROWS, a += ROWS * stride) {
    const auto from_i = [&](int row, const vec(&sum)[VECS]) {
      take(i + row, sum);
    };
    if (i + ROWS <= rows) {
      Tile<ROWS>(a, stride, panel, depth, from_i);
    } else {
      TileOf<ROWS - 1>((int)(rows - i), a, stride, panel, depth, from_i);
    }
  }
}

struct Extents {
  int64_t queries, keys, d, e;

  int64_t tile_keys() const { return Padded(Min(keys, KEYS)); }
  int64_t key_panels() const { return Padded(keys) / kWidth; }
};

// The tensors of one head.
struct Head {
  const float* q;
  const float* k;
  const float* v;
  float* out;
};

struct Scratch {
  float* k;  // [panels of keys][d][kWidth]
  float* v;  // [panels of e][keys][kWidth]
  float* s;  // [QUERIES][tile_keys]
  float* o;  // [QUERIES][padded e]

  Scratch(void* workspace, const Extents& of) {
    k = (float*)(((uintptr_t)workspace + 63) / 64 * 64);
    v = k + Padded(of.keys) * of.d;
    s = v + of.keys * Padded(of.e);
    o = s + QUERIES * of.tile_keys();
  }
  static uint64_t Bytes(const Extents& of) {
    return 64 + (Padded(of.keys) * of.d + of.keys * Padded(of.e) +
                 QUERIES * (of.tile_keys() + Padded(of.e))) *
                    sizeof(float);
  }
};

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

// k[keys][d] to [panel][d][kWidth]: one transposed panel after the other, zeros
// for missing keys.
void PackKeys(const float* k, const Extents& of, float* packed) {
  for (int64_t first = 0; first < Padded(of.keys); first += kLanes) {
    float* to = packed + first / kWidth * kWidth * of.d + first % kWidth;
    const float* from = k + first * of.d;
    const int64_t keys = Min(kLanes, of.keys - first);
    int64_t p = 0;
    for (; keys == kLanes && p + kLanes <= of.d; p += kLanes) {
      vec rows[kLanes];
      for (int j = 0; j < kLanes; ++j) rows[j] = Load(from + j * of.d + p);
      Transpose(rows);
      for (int i = 0; i < kLanes; ++i) Store(to + (p + i) * kWidth, rows[i]);
    }
    for (; p < of.d; ++p) {
      for (int j = 0; j < kLanes; ++j) {
        to[p * kWidth + j] = j < keys ? from[j * of.d + p] : 0.0f;
      }
    }
  }
}

// v[keys][e] to [panel][keys][kWidth], zeros in missing columns.
void PackValues(const float* v, const Extents& of, float* packed) {
  for (int64_t first = 0; first < of.e; first += kWidth) {
    const int64_t columns = Min(kWidth, of.e - first);
    for (int64_t key = 0; key < of.keys; ++key, packed += kWidth) {
      const float* row = v + key * of.e + first;
      if (columns == kWidth) {
        for (int j = 0; j < kWidth; j += kLanes)
          Store(packed + j, Load(row + j));
      } else {
        for (int j = 0; j < kWidth; ++j)
          packed[j] = j < columns ? row[j] : 0.0f;
      }
    }
  }
}

// Memory to be used later, fetched some lines at a time.
struct Ahead {
  const float* at;
  const float* end;
  int64_t lines;

  void Fetch() {
    for (int64_t i = 0; i < lines && at < end; ++i, at += kLine) {
      __builtin_prefetch(at);
      // Keeps the compiler from concluding that nothing happens here.
      asm volatile("");
    }
  }
};

// The softmax of one row, block by block.
struct Row {
  float largest = -INFINITY, sum = 0;
  float correction = 1;  // of what earlier blocks have contributed

  // s = exp(s - largest) for the next `keys` scores.
  void Add(float* s, int64_t keys) {
    const int64_t end = (keys + kLanes - 1) / kLanes * kLanes;
    for (int64_t j = keys; j < end; ++j) s[j] = -INFINITY;
    vec top = vec{} + largest;
    for (int64_t j = 0; j < end; j += kLanes) {
      const vec x = Load(s + j);
      top = x > top ? x : top;
    }
    float now = top[0];
    for (int i = 1; i < kLanes; ++i) now = top[i] > now ? top[i] : now;
    // Nothing but -inf so far: relative to any number it is exp(-inf) = 0.
    const float base = now == -INFINITY ? 0.0f : now;
    vec total[2] = {};
    int64_t j = 0;
    for (; j + 2 * kLanes <= end; j += 2 * kLanes) {
#pragma GCC unroll 2
      for (int i = 0; i < 2; ++i) {
        const vec e = Exp(Load(s + j + i * kLanes) - base);
        Store(s + j + i * kLanes, e);
        total[i] += e;
      }
    }
    if (j < end) {
      const vec e = Exp(Load(s + j) - base);
      Store(s + j, e);
      total[0] += e;
    }
    total[0] += total[1];
    correction = Exp(vec{} + (largest - base))[0];
    sum *= correction;
    for (int i = 0; i < kLanes; ++i) sum += total[0][i];
    largest = now;
  }
};

// Queries [0, rows) of q, all keys.
void Attend(const float* q, int64_t rows, const Extents& of,
            const Scratch& scratch, Ahead (&ahead)[2], float* out) {
  const float scale = 1.0f / sqrtf((float)of.d);
  const int64_t step = of.tile_keys();
  Row softmax[QUERIES];
  for (int64_t key = 0; key < of.keys; key += step) {
    const int64_t keys = Min(step, of.keys - key);
    const bool first = key == 0, last = key + keys == of.keys;
    for (int64_t j = 0; j < keys; j += kWidth) {
      float* s = scratch.s + j;
      for (Ahead& next : ahead) next.Fetch();
      Rows(rows, q, of.d, scratch.k + (key + j) * of.d, of.d,
           [=](int64_t row, const vec(&sum)[VECS]) {
#pragma GCC unroll 4
             for (int v = 0; v < VECS; ++v) {
               Store(s + row * step + v * kLanes, sum[v] * scale);
             }
           });
    }
    for (int64_t i = 0; i < rows; ++i) {
      softmax[i].Add(scratch.s + i * step, keys);
    }
    for (int64_t j = 0; j < of.e; j += kWidth) {
      const int64_t stride = Padded(of.e);
      float* o = scratch.o + j;
      Rows(rows, scratch.s, step, scratch.v + j * of.keys + key * kWidth, keys,
           [&](int64_t row, const vec(&sum)[VECS]) {
             const float over = last ? 1.0f / softmax[row].sum : 1.0f;
             const float before = softmax[row].correction;
             float* to = o + row * stride;
#pragma GCC unroll 4
             for (int v = 0; v < VECS; ++v) {
               float* at = to + v * kLanes;
               Store(at, (first ? sum[v] : Load(at) * before + sum[v]) * over);
             }
             if (last) {
               memcpy(out + row * of.e + j, to,
                      Min(kWidth, of.e - j) * sizeof(float));
             }
           });
    }
  }
}

Extents ExtentsOf(const ke_call* call) {
  const ke_tensor& q = call->inputs[IN_q];
  const ke_tensor& v = call->inputs[IN_v];
  return {q.shape[q.rank - 2], v.shape[v.rank - 2], q.shape[q.rank - 1],
          v.shape[v.rank - 1]};
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return Scratch::Bytes(ExtentsOf(call));
}

extern "C" int ke_run(const ke_call* call) {
  const auto in = [&](int i) { return (const float*)call->inputs[i].data; };
  const ke_tensor& q = call->inputs[IN_q];
  const Extents of = ExtentsOf(call);
  const Scratch scratch(call->workspace, of);
  int64_t heads = 1;
  for (int i = 0; i < q.rank - 2; ++i) heads *= q.shape[i];
  for (int64_t h = 0; h < heads; ++h) {
    const float* k = in(IN_k) + h * of.keys * of.d;
    const float* v = in(IN_v) + h * of.keys * of.e;
    PackKeys(k, of, scratch.k);
    PackValues(v, of, scratch.v);
    const int64_t k_size = h + 1 < heads ? of.keys * of.d : 0;
    const int64_t v_size = h + 1 < heads ? of.keys * of.e : 0;
    Ahead ahead[] = {{k + of.keys * of.d, k + of.keys * of.d + k_size, of.d},
                     {v + of.keys * of.e, v + of.keys * of.e + v_size, of.e}};
    for (Ahead& next : ahead) {
      next.lines = next.lines * kWidth / kLine * QUERIES / of.queries + 1;
    }
    for (int64_t i = 0; i < of.queries; i += QUERIES) {
      const int64_t row = h * of.queries + i;
      Attend(in(IN_q) + row * of.d, Min(QUERIES, of.queries - i), of, scratch,
             ahead, (float*)call->outputs[OUT_out].data + row * of.e);
    }
  }
  return 0;
}
