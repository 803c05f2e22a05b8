#include <immintrin.h>
#include <kernelevolve/abi.h>

// ke:tune KE_PF = 16 in {0, 8, 16, 32}
// ke:tune KE_CHUNK = 2 in {1, 2, 4}
// ke:tune KE_PF_PACK = 32 in {8, 16, 32, 64}
#ifndef KE_CHUNK
#define KE_CHUNK 2
#endif
#ifndef KE_PF
#define KE_PF 16
#endif
#ifndef KE_PF_PACK
#define KE_PF_PACK 32
#endif

namespace {

constexpr int64_t kMaxS = 512, kMaxD = 64;
constexpr int64_t kPart = 1024;       // one tile of 16 x 32 bf16
constexpr int64_t kStep = 3 * kPart;  // its three parts: high, middle, low

struct alignas(64) Scratch {
  char k[(kMaxS / 16) * (kMaxD / 32) * kStep];
  char v[(kMaxD / 16) * (kMaxS / 32) * kStep];
  char q[2 * (kMaxD / 32) * kStep];
  char p[2][2 * (kMaxS / 32) * kStep];
  float s[2][2 * kMaxS * 16];
  float o[4][256];
  float top[2][256], sums[2][256];
  float base[2][32], inverse[2][32];
  float tile[3][256];
};

struct alignas(64) Config {
  uint8_t palette = 1, start = 0, zero[14] = {};
  uint16_t colsb[16] = {};
  uint8_t rows[16] = {};
};

typedef __m512i Dwords;

// An f32 has 24 bits, so cutting it twice after 8 bits is exact:
// x = high + middle + low, each a bf16. Lane c gets the pair (a[c], b[c]).
inline __attribute__((always_inline)) void Split(__m512 a, __m512 b,
                                                 Dwords out[3]) {
  const Dwords cut = _mm512_set1_epi32(static_cast<int>(0xffff0000u));
#pragma GCC unroll 3
  for (int i = 0; i < 3; ++i) {
    const Dwords x = _mm512_castps_si512(a), y = _mm512_castps_si512(b);
    out[i] = _mm512_ternarylogic_epi32(_mm512_srli_epi32(x, 16), y, cut, 0xf8);
    if (i < 2) {
      a = _mm512_sub_ps(a, _mm512_castsi512_ps(_mm512_and_si512(x, cut)));
      b = _mm512_sub_ps(b, _mm512_castsi512_ps(_mm512_and_si512(y, cut)));
    }
  }
}

// out[c] lane p = src[16 * p + c]
inline __attribute__((always_inline)) void Transpose(const float* src,
                                                     __m512 out[16]) {
#pragma GCC unroll 4
  for (int g = 0; g < 4; ++g) {
    __m512 r[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      const float* p = src + k * 16 + 4 * g;
      __m512 t = _mm512_castps128_ps512(_mm_load_ps(p));
      t = _mm512_insertf32x4(t, _mm_load_ps(p + 64), 1);
      t = _mm512_insertf32x4(t, _mm_load_ps(p + 128), 2);
      r[k] = _mm512_insertf32x4(t, _mm_load_ps(p + 192), 3);
    }
    const __m512d a = _mm512_castps_pd(_mm512_unpacklo_ps(r[0], r[1]));
    const __m512d b = _mm512_castps_pd(_mm512_unpackhi_ps(r[0], r[1]));
    const __m512d c = _mm512_castps_pd(_mm512_unpacklo_ps(r[2], r[3]));
    const __m512d e = _mm512_castps_pd(_mm512_unpackhi_ps(r[2], r[3]));
    out[4 * g + 0] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
    out[4 * g + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
    out[4 * g + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, e));
    out[4 * g + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, e));
  }
}

inline __mmask16 Mask(int64_t n) {
  return n >= 16 ? 0xffff : n <= 0 ? 0 : (1u << n) - 1;
}

inline __m512 Row(const float* p, int64_t n) {
  return _mm512_maskz_loadu_ps(Mask(n), p);
}

// 2^x: the polynomial covers the fraction, vscalefps takes floor(x).
inline __attribute__((always_inline)) __m512 Exp2(__m512 x) {
  const __m512 r = _mm512_reduce_ps(x, 0x09);
  __m512 p = _mm512_set1_ps(0.0018775761992716913f);
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.00898934130762432f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.05582631702893923f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.2401536173897439f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.6931530731419647f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.9999999250675443f));
  return _mm512_scalef_ps(p, x);
}

// Softmax of one block of queries in small bites, taken between the tile
// products of other blocks: the tile unit and the vector units work at once.
struct Job {
  const float* s;
  char* p;
  const float* base;
  float* sums;
  int64_t steps, at, end;
  __m512 scale;
  inline __attribute__((always_inline)) void Run() {
    if (at >= end) return;
    const int64_t j = at / 16, i = at % 16, b = j >= steps;
    const float* from = s + j * 512 + i * 16;
    char* to = p + j * kStep + i * 64;
    float* sum = sums + 256 * b + 16 * i;
#pragma GCC unroll 4
    for (int r = 0; r < KE_CHUNK; ++r) {
      const __m512 m = _mm512_set1_ps(base[16 * b + i + r]);
      const __m512 e0 =
          Exp2(_mm512_fmsub_ps(_mm512_load_ps(from + 16 * r), scale, m));
      const __m512 e1 =
          Exp2(_mm512_fmsub_ps(_mm512_load_ps(from + 16 * r + 256), scale, m));
      _mm512_store_ps(sum + 16 * r, _mm512_add_ps(_mm512_load_ps(sum + 16 * r),
                                                  _mm512_add_ps(e0, e1)));
      Dwords x[3];
      Split(e0, e1, x);
#pragma GCC unroll 3
      for (int e = 0; e < 3; ++e)
        _mm512_store_si512(to + 64 * r + e * kPart, x[e]);
    }
    at += KE_CHUNK;
  }
};

// One product of parts for 2 x N tiles. A sum is used again 4 products later;
// for N = 1 two sets of sums take turns.
template <int N, int SET>
inline __attribute__((always_inline)) void Products(Job* job) {
  if (N == 2 || SET == 0) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 5, 6);
  }
  if (N == 2) {
    _tile_dpbf16ps(2, 4, 7);
    _tile_dpbf16ps(3, 5, 7);
  } else if (SET == 1) {
    _tile_dpbf16ps(2, 4, 6);
    _tile_dpbf16ps(3, 5, 6);
  }
  job->Run();
}

// c[n][2] = a[2][steps] * b[n][steps] in f32 precision: all products of parts
// down to 2^-24, small ones first, each step changing one operand only.
template <int N>
inline __attribute__((always_inline)) void Multiply(const char* a,
                                                    const char* b,
                                                    int64_t steps, float* c,
                                                    int64_t cm, int64_t cn, Job* job) {
  const char* a1 = a + steps * kStep;
  const char* b1 = b + steps * kStep;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t i = 0; i < steps; ++i) {
#define KE_A(PART)                           \
  _tile_loadd(4, a + (PART) * kPart, 64); \
  _tile_loadd(5, a1 + (PART) * kPart, 64)
#define KE_B(PART)                        \
  _tile_loadd(6, b + (PART) * kPart, 64); \
  if (N == 2) _tile_loadd(7, b1 + (PART) * kPart, 64)
    KE_A(2);
    KE_B(0);
    Products<N, 0>(job);
    KE_A(1);
    Products<N, 1>(job);
    KE_B(1);
    Products<N, 0>(job);
    KE_A(0);
    Products<N, 1>(job);
    KE_B(2);
    Products<N, 0>(job);
    KE_B(0);
    Products<N, 1>(job);
    a += kStep, a1 += kStep, b += kStep, b1 += kStep;
  }
  _tile_stored(0, c, 64);
  _tile_stored(1, c + cm, 64);
  _tile_stored(2, c + cn, 64);
  _tile_stored(3, c + cn + cm, 64);
}

void PackKeys(const float* k, int64_t s, int64_t d, int64_t tiles,
              int64_t steps, Scratch* t) {
  for (int64_t j = 0; j < tiles; ++j)
    for (int64_t c = 0; c < steps; ++c) {
      for (int64_t i = 0; i < 16; ++i) {
        Dwords x[3] = {};
        const int64_t row = 16 * j + i;
        if (row < s) {
          const float* p = k + row * d + 32 * c;
          if (KE_PF_PACK && row + KE_PF_PACK < s)
            _mm_prefetch(reinterpret_cast<const char*>(p + KE_PF_PACK * d),
                         _MM_HINT_T0);
          Split(Row(p, d - 32 * c), Row(p + 16, d - 32 * c - 16), x);
        }
        for (int e = 0; e < 3; ++e) _mm512_store_si512(t->tile[e] + 16 * i, x[e]);
      }
      for (int e = 0; e < 3; ++e) {
        __m512 x[16];
        Transpose(t->tile[e], x);
        char* to = t->k + (j * steps + c) * kStep + e * kPart;
#pragma GCC unroll 16
        for (int i = 0; i < 16; ++i) _mm512_store_ps(to + 64 * i, x[i]);
      }
    }
}

void PackValues(const float* v, int64_t s, int64_t d, int64_t steps,
                int64_t tiles, Scratch* t) {
  for (int64_t c = 0; c < steps; ++c)
    for (int64_t i = 0; i < 16; ++i) {
      const int64_t r0 = 32 * c + i, r1 = r0 + 16;
      for (int64_t n = 0; n < tiles; ++n) {
        const int64_t left = d - 16 * n;
        if (KE_PF_PACK && r1 + KE_PF_PACK < s) {
          const float* p = v + (r0 + KE_PF_PACK) * d + 16 * n;
          _mm_prefetch(reinterpret_cast<const char*>(p), _MM_HINT_T0);
        }
        Dwords x[3];
        Split(Row(v + r0 * d + 16 * n, r0 < s ? left : 0),
              Row(v + r1 * d + 16 * n, r1 < s ? left : 0), x);
        char* to = t->v + (n * steps + c) * kStep + 64 * i;
        for (int e = 0; e < 3; ++e) _mm512_store_si512(to + e * kPart, x[e]);
      }
    }
}

struct Stream {
  const char *q, *k, *v;
  char* o;
  int64_t at, end, next;  // keys and values are taken `next` bytes further on
  void Step(int64_t lines) {
    int64_t stop = at + lines * 64;
    if (stop > end) stop = end;
    for (; at < stop; at += 64) {
      if (at + next < end) {
        _mm_prefetch(k + at + next, _MM_HINT_T1);
        _mm_prefetch(v + at + next, _MM_HINT_T1);
      }
      _mm_prefetch(q + at, _MM_HINT_T1);
      __builtin_prefetch(o + at, 1, 2);
    }
  }
};

template <class Op>
inline __attribute__((always_inline)) __m512 Reduce(const float* rows, Op op) {
  __m512 x[16];
  Transpose(rows, x);
#pragma GCC unroll 4
  for (int w = 8; w; w /= 2)
#pragma GCC unroll 8
    for (int i = 0; i < w; ++i) x[i] = op(x[i], x[i + w]);
  return x[0];
}

inline bool HasNan(const float* p, int64_t n) {
  bool nan = false;
  for (int64_t i = 0; i < n; ++i) nan |= p[i] != p[i];
  return nan;
}

// For a machine that does not lend its tiles, and for rows whose result may not
// be NaN: the lower parts of an infinity are inf - inf.
[[gnu::noinline, gnu::cold]] void Plain(const float* q, const float* k,
                                        const float* v, float* out,
                                        int64_t heads, int64_t s, int64_t d,
                                        bool all, float* score) {
  const float scale = 1.0f / __builtin_sqrtf(d);
  for (int64_t row = 0; row < heads * s; ++row) {
    if (!all && !HasNan(out + row * d, d)) continue;
    const float* kh = k + row / s * s * d;
    const float* vh = v + row / s * s * d;
    float top = -__builtin_inff();
    for (int64_t j = 0; j < s; ++j) {
      float dot = 0;
      for (int64_t p = 0; p < d; ++p) dot += q[row * d + p] * kh[j * d + p];
      score[j] = dot * scale;
      top = score[j] > top ? score[j] : top;
    }
    float acc[kMaxD] = {}, sum = 0;
    for (int64_t j = 0; j < s; ++j) {
      const float e = __builtin_expf(score[j] - top);
      sum += e;
      for (int64_t p = 0; p < d; ++p) acc[p] += e * vh[j * d + p];
    }
    for (int64_t p = 0; p < d; ++p) out[row * d + p] = acc[p] / sum;
  }
}

void Heads(const float* q, const float* k, const float* v, float* out,
           int64_t heads, int64_t s, int64_t d, Scratch* t) {
  const int64_t dsteps = (d + 31) / 32, dtiles = (d + 15) / 16;
  const int64_t steps = (s + 31) / 32, blocks = steps;
  const int64_t R = (s + 2 * blocks - 1) / (2 * blocks);  // rows of a tile
  const int64_t half = steps * 512;  // scores of 16 queries
  Config config;
  for (int i = 0; i < 8; ++i) {
    config.colsb[i] = 64;
    config.rows[i] = i < 6 ? R : 16;
  }
  _tile_loadconfig(&config);
  // Rows that no tile writes take part in the softmax: zeros, not garbage that
  // may be denormal and slow.
  for (int64_t r = R; r < 16; ++r)
    for (int64_t j = 0; j < 4 * steps; ++j) {
      _mm512_store_ps(t->s[0] + j * 256 + r * 16, _mm512_setzero_ps());
      _mm512_store_ps(t->s[1] + j * 256 + r * 16, _mm512_setzero_ps());
    }
  const __m512 scale = _mm512_set1_ps(1.44269504088896341f / __builtin_sqrtf(d));
  Stream ahead = {reinterpret_cast<const char*>(q),
                  reinterpret_cast<const char*>(k),
                  reinterpret_cast<const char*>(v),
                  reinterpret_cast<char*>(out), 0, heads * s * d * 4, s * d * 4};
  ahead.Step(2 * R * d / 16);
  // Turn i: scores of block i + 1, softmax of block i, values of block i - 1.
  const int64_t total = heads * blocks;
  __mmask16 nan = 0;
  for (int64_t i = -1; i <= total; ++i) {
    const int64_t now = i & 1, other = now ^ 1;
    Job job = {t->s[now], t->p[now], t->base[now], t->sums[0], steps,
               0, i >= 0 && i < total ? 32 * steps : 0, scale};
    for (int r = 0; r < 32; ++r)
      _mm512_store_ps(t->sums[0] + 16 * r, _mm512_setzero_ps());
    if (i + 1 < total) {
      const int64_t head = (i + 1) / blocks * s * d, block = (i + 1) % blocks;
      if (block == 0) PackKeys(k + head, s, d, 2 * steps, dsteps, t);
      for (int64_t r = 0; r < 2 * R; ++r)
        for (int64_t c = 0; c < dsteps; ++c) {
          Dwords x[3] = {};
          const int64_t row = block * 2 * R + r, left = d - 32 * c;
          const float* p = q + head + row * d + 32 * c;
          if (row < s) Split(Row(p, left), Row(p + 16, left - 16), x);
          const int64_t b = r >= R;
          char* to = t->q + (b * dsteps + c) * kStep + 64 * (r - b * R);
          for (int e = 0; e < 3; ++e) _mm512_store_si512(to + e * kPart, x[e]);
        }
      for (int r = 0; r < 32; ++r)
        _mm512_store_ps(t->top[0] + 16 * r, _mm512_set1_ps(-1e30f));
      for (int64_t j = 0; j <= steps; ++j) {
        if (j < steps) {
          Multiply<2>(t->q, t->k + 2 * j * dsteps * kStep, dsteps,
                      t->s[other] + j * 512, half, 256, &job);
          ahead.Step(KE_PF);
        }
        if (j == 0) continue;  // the maxima follow one step behind
        const __mmask16 m0 = Mask(s - 32 * (j - 1));
        const __mmask16 m1 = Mask(s - 32 * (j - 1) - 16);
        for (int r = 0; r < 32; ++r) {
          float* p = t->s[other] + (r / 16) * half + (j - 1) * 512 + r % 16 * 16;
          float* top = t->top[0] + 16 * r;
          __m512 a = _mm512_load_ps(p), b = _mm512_load_ps(p + 256);
          if (j == steps) {  // keys that do not exist
            const __m512 none = _mm512_set1_ps(-1e30f);
            _mm512_store_ps(p, a = _mm512_mask_mov_ps(none, m0, a));
            _mm512_store_ps(p + 256, b = _mm512_mask_mov_ps(none, m1, b));
          }
          _mm512_store_ps(
              top, _mm512_max_ps(_mm512_load_ps(top), _mm512_max_ps(a, b)));
        }
      }
      for (int b = 0; b < 2; ++b) {
        const __m512 top = Reduce(
            t->top[b], [](__m512 x, __m512 y) { return _mm512_max_ps(x, y); });
        _mm512_store_ps(t->base[other] + 16 * b, _mm512_mul_ps(top, scale));
      }
    }
    if (i >= 1) {
      const int64_t head = (i - 1) / blocks * s * d, block = (i - 1) % blocks;
      if (block == 0) PackValues(v + head, s, d, steps, dtiles, t);
      const int64_t row = block * 2 * R;
      const int64_t rows = s - row < 2 * R ? s - row : 2 * R;
      for (int64_t n = 0; n < dtiles; n += 2) {
        const bool two = n + 1 < dtiles;
        const char* b = t->v + n * steps * kStep;
        if (two)
          Multiply<2>(t->p[other], b, steps, t->o[0], 256, 512, &job);
        else
          Multiply<1>(t->p[other], b, steps, t->o[0], 256, 512, &job);
        const __mmask16 m0 = Mask(d - 16 * n), m1 = Mask(d - 16 * n - 16);
        for (int64_t r = 0; r < rows; ++r) {
          const int64_t h = r >= R, y = r - h * R;
          float* to = out + head + (row + r) * d + 16 * n;
          const __m512 f = _mm512_set1_ps(t->inverse[other][16 * h + y]);
          const float* p = t->o[h] + 16 * y;
          __m512 x0 = _mm512_load_ps(p), x1 = _mm512_load_ps(p + 512);
          nan |= _mm512_cmp_ps_mask(x0, x1, _CMP_UNORD_Q);
          if (!two) x0 = _mm512_add_ps(x0, x1);
          _mm512_mask_storeu_ps(to, m0, _mm512_mul_ps(x0, f));
          if (two) _mm512_mask_storeu_ps(to + 16, m1, _mm512_mul_ps(x1, f));
        }
      }
    }
    while (job.at < job.end) job.Run();
    for (int b = 0; b < 2; ++b)
      _mm512_store_ps(
          t->inverse[now] + 16 * b,
          _mm512_div_ps(_mm512_set1_ps(1.0f),
                        Reduce(t->sums[b], [](__m512 x, __m512 y) {
                          return _mm512_add_ps(x, y);
                        })));
  }
  _tile_release();
  if (nan) Plain(q, k, v, out, heads, s, d, false, t->s[0]);
}

// Asks the system for the tile registers, arch_prctl(ARCH_REQ_XCOMP_PERM, 18).
bool Tiles() {
  long result = 158;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(0x1023L), "S"(18L)
               : "rcx", "r11", "memory");
  return result == 0;
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call*) {
  return sizeof(Scratch) + 64;
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t* shape = call->inputs[0].shape;
  const float* q = static_cast<const float*>(call->inputs[0].data);
  const float* k = static_cast<const float*>(call->inputs[1].data);
  const float* v = static_cast<const float*>(call->inputs[2].data);
  float* out = static_cast<float*>(call->outputs[0].data);
  Scratch* t = reinterpret_cast<Scratch*>(
      (reinterpret_cast<uintptr_t>(call->workspace) + 63) / 64 * 64);
  if (Tiles())
    Heads(q, k, v, out, shape[0] * shape[1], shape[2], shape[3], t);
  else
    Plain(q, k, v, out, shape[0] * shape[1], shape[2], shape[3], true,
          t->s[0]);
  return 0;
}
