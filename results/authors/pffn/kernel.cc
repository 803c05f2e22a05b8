// pffn: y = rmsnorm(rmsnorm(gelu(x w1 + b1)) w2), weights per sample
// ke:tune NT = 1 in {0, 1}
// ke:tune RATE = 16 in {0, 4, 8, 16, 32}
// ke:tune HINT = 2 in {2, 3}
// ke:tune AHEAD = 0 in {0, 1}
// ke:tune SLICES = 6 in {1, 2, 3, 6}
//
// Both products in tile registers. A float is exactly the sum of three bf16
// (8 bits of its significand each), and of the nine products of parts six
// matter: what is left out is below 2^-22 of each term. All six of a step go one
// after another to the same sums, so that parts are loaded once from L2, 14
// loads for 24 products. Loads stand between products such that the tile they
// replace is no longer needed and the next to need it is two products away.
// The tile unit works alone for 384 cycles per step of a product; all else is
// cut into small slices that fit the reorder window and are done meanwhile by the vector units: GELU of the panel
// before, norms and writing of the block before, splitting of the next rows
// of x, packing of the weights that come next, fetching of what follows.
// A tile product takes a cycle per row, so the tiles get as many rows as divide
// the rows evenly over the blocks: no tail, always four chains of sums.
#include <immintrin.h>
#include <kernelevolve/abi.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr int64_t kRows = 32;     // of a block at most; columns of a panel
constexpr int64_t kTile = 512;    // bf16 of a tile: 16 x 32
constexpr int64_t kStep = 6 * kTile;  // 32 of depth: 3 parts of 2 tiles
constexpr int64_t kSteps = 8;     // at most, 256 of depth
constexpr int64_t kStride = 272;

inline int64_t Min(int64_t x, int64_t y) { return x < y ? x : y; }
inline int64_t Up(int64_t n) { return (n + 31) / 32; }
inline __mmask16 MaskOf(int64_t left) {
  return left >= 16 ? 0xffff : left <= 0 ? 0 : (1u << left) - 1;
}

struct alignas(64) Scratch {
  uint16_t w1[kSteps * kSteps * kStep];  // [panel][step][part][2][16][32]
  uint16_t w2[kSteps * kSteps * kStep];
  uint16_t x[kSteps * kStep];  // [step][part][2][16 rows][32]
  uint16_t h[kSteps * kStep];
  float sum[kRows * 32];
  float bias[256];
  float squares[2][kRows * 16];
  float y[kRows * kStride];
};

// Tiles 0 to 3 are sums, 4 and 5 rows, 6 and 7 weights. A block has `top` rows
// in tile 4 and the others, `bottom`, in tile 5.
struct alignas(64) TileConfig {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {};

  TileConfig(uint8_t top, uint8_t bottom) {
    rows[0] = rows[1] = rows[4] = top;
    rows[2] = rows[3] = rows[5] = bottom;
    rows[6] = rows[7] = 16;
  }
};

// Of row i of a block in its tiles.
inline int64_t Place(int64_t i, int64_t top) {
  return i < top ? i * 32 : kTile + (i - top) * 32;
}

// The first, second and third part of 32 floats, each 64 bytes.
inline void Parts(__m512 a, __m512 b, __m512i* part) {
  const __m512i odd = _mm512_set_epi16(
      63, 61, 59, 57, 55, 53, 51, 49, 47, 45, 43, 41, 39, 37, 35, 33, 31, 29,
      27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
  const __m512i top = _mm512_set1_epi32(0xffff0000);
  for (int i = 0; i < 3; ++i) {
    const __m512i x = _mm512_castps_si512(a), y = _mm512_castps_si512(b);
    part[i] = _mm512_permutex2var_epi16(x, odd, y);
    a = _mm512_sub_ps(a, _mm512_castsi512_ps(_mm512_and_si512(x, top)));
    b = _mm512_sub_ps(b, _mm512_castsi512_ps(_mm512_and_si512(y, top)));
  }
}

// The same with the parts of a and b alternating.
inline void PairedParts(__m512 a, __m512 b, __m512i* part) {
  const __m512i top = _mm512_set1_epi32(0xffff0000);
  for (int i = 0; i < 3; ++i) {
    const __m512i x = _mm512_castps_si512(a), y = _mm512_castps_si512(b);
    part[i] =
        _mm512_mask_blend_epi16(0xaaaaaaaa, _mm512_srli_epi32(x, 16), y);
    a = _mm512_sub_ps(a, _mm512_castsi512_ps(_mm512_and_si512(x, top)));
    b = _mm512_sub_ps(b, _mm512_castsi512_ps(_mm512_and_si512(y, top)));
  }
}

// Pairs of rows of w[depth][columns] to [panel][step][part][2][16][32].
[[gnu::noinline]] void Pack(const float* w, int64_t depth, int64_t columns,
                            int64_t begin, int64_t end, uint16_t* to) {
  for (int64_t p = begin; p < end; ++p) {
    uint16_t* row = to + p / 16 * kStep + p % 16 * 32;
    const float* from = w + 2 * p * columns;
    for (int64_t j = 0; j < columns; j += 32, row += Up(depth) * kStep) {
      for (int half = 0; half < 2; ++half) {
        const int64_t at = j + half * 16;
        const __mmask16 m0 = 2 * p < depth ? MaskOf(columns - at) : 0;
        const __mmask16 m1 = 2 * p + 1 < depth ? MaskOf(columns - at) : 0;
        __m512i part[3];
        PairedParts(
            m0 ? _mm512_maskz_loadu_ps(m0, from + at) : _mm512_setzero_ps(),
            m1 ? _mm512_maskz_loadu_ps(m1, from + columns + at)
               : _mm512_setzero_ps(),
            part);
        for (int i = 0; i < 3; ++i) {
          _mm512_store_si512(row + (2 * i + half) * kTile, part[i]);
        }
      }
    }
  }
}

// Rows of x, zeros up to a multiple of 32, as [step][part][2][16][32].
[[gnu::noinline]] void Split(const float* x, int64_t d, int64_t begin,
                             int64_t end, int64_t top, uint16_t* to) {
  x += begin * d;
  for (int64_t i = begin; i < end; ++i, x += d) {
    uint16_t* row = to + Place(i, top);
    for (int64_t j = 0; j < d; j += 32, row += kStep) {
      const __mmask16 m0 = MaskOf(d - j), m1 = MaskOf(d - j - 16);
      __m512i part[3];
      Parts(_mm512_maskz_loadu_ps(m0, x + j),
            m1 ? _mm512_maskz_loadu_ps(m1, x + j + 16) : _mm512_setzero_ps(),
            part);
      for (int k = 0; k < 3; ++k) {
        _mm512_store_si512(row + 2 * k * kTile, part[k]);
      }
    }
  }
}

// The upper tail of the normal distribution at |v|, by polynomials of the
// distance to the nearest of 0, 0.4, 0.8, ... in units of 0.4. From 5.8 on, 0.
alignas(64) constexpr float kTail[6][16] = {
    {0.5f, 0.344578266f, 0.211855412f, 0.115069672f, 0.0547992885f, 0.0227501299f, 0.00819753483f, 0.00255513028f, 0.000687138294f, 0.000159108909f, 3.16714068e-05f, 5.41260397e-06f, 7.93345009e-07f, 9.96480054e-08f, 1.07182627e-08f, 0.0f},
    {-0.159576908f, -0.147308052f, -0.115876622f, -0.0776744261f, -0.0443683341f, -0.021596387f, -0.00895781163f, -0.00316618057f, -0.000953635259f, -0.000244760799f, -5.35321124e-05f, -9.97699863e-06f, -1.58452303e-06f, -2.14442281e-07f, -2.47306566e-08f, 0.0f},
    {-1.32583182e-16f, 0.0117842518f, 0.0185398441f, 0.0186417364f, 0.0141980089f, 0.00863874797f, 0.00429985113f, 0.00177307019f, 0.000610300165f, 0.000176204296f, 4.28137573e-05f, 8.77541333e-06f, 1.51992595e-06f, 2.22749676e-07f, 2.76497545e-08f, 0.0f},
    {0.00425531622f, 0.0032996661f, 0.00111244153f, -0.000911332027f, -0.00184569904f, -0.00172771758f, -0.00113706081f, -0.000577520579f, -0.000234977211f, -7.80608098e-05f, -2.14113679e-05f, -4.88402202e-06f, -9.31034037e-07f, -1.48846212e-07f, -2.00092742e-08f, 0.0f},
    {1.4575743e-16f, -0.000442048447f, -0.000578964013f, -0.000386419415f, -8.48131385e-05f, 0.000113115428f, 0.000157149901f, 0.000114326649f, 5.91989192e-05f, 2.36534524e-05f, 7.55014935e-06f, 1.96134079e-06f, 4.19354706e-07f, 7.43487973e-08f, 1.09874216e-08f, 0.0f},
    {-0.000101402911f, -6.45469408e-05f, 1.03618768e-05f, 5.85860435e-05f, 5.47066775e-05f, 2.31075246e-05f, -2.92167488e-06f, -1.16714518e-05f, -9.42757561e-06f, -4.88327487e-06f, -1.87714681e-06f, -5.64488687e-07f, -1.36292428e-07f, -2.68228924e-08f, -4.34483649e-09f, 0.0f},
};

// The parts of gelu(sum + bias) = max(v, 0) - |v| tail(|v|), and squares.
[[gnu::noinline]] void Gelu(const float* sum, const float* bias, int64_t begin,
                            int64_t end, int64_t top, uint16_t* to,
                            float* squares) {
  __m512 c[6];
#pragma GCC unroll 6
  for (int i = 0; i < 6; ++i) {
    c[i] = _mm512_load_ps(kTail[i]);
    asm("" : "+v"(c[i]));
  }
  const __m512 bias0 = _mm512_load_ps(bias);
  const __m512 bias1 = _mm512_load_ps(bias + 16);
  const __m512 magic = _mm512_set1_ps(12582912.0f);
  const __m512 scale = _mm512_set1_ps(2.5f);
  const __m512 limit = _mm512_set1_ps(6.0f);
  const auto gelu = [&](__m512 v) {
    const __m512 a = _mm512_min_ps(limit, _mm512_abs_ps(v));
    const __m512 s = _mm512_fmadd_ps(a, scale, magic);
    const __m512 r = _mm512_sub_ps(s, magic);
    const __m512i at = _mm512_castps_si512(s);  // of which four bits count
    const __m512 x = _mm512_fmsub_ps(a, scale, r);
    __m512 p = _mm512_permutexvar_ps(at, c[5]);
    p = _mm512_fmadd_ps(p, x, _mm512_permutexvar_ps(at, c[4]));
    p = _mm512_fmadd_ps(p, x, _mm512_permutexvar_ps(at, c[3]));
    p = _mm512_fmadd_ps(p, x, _mm512_permutexvar_ps(at, c[2]));
    p = _mm512_fmadd_ps(p, x, _mm512_permutexvar_ps(at, c[1]));
    p = _mm512_fmadd_ps(p, x, _mm512_permutexvar_ps(at, c[0]));
    return _mm512_fnmadd_ps(a, p, _mm512_max_ps(_mm512_setzero_ps(), v));
  };
#pragma GCC unroll 2
  for (int64_t i = begin; i < end; ++i) {
    const __m512 g0 =
        gelu(_mm512_add_ps(_mm512_load_ps(sum + i * 32), bias0));
    const __m512 g1 =
        gelu(_mm512_add_ps(_mm512_load_ps(sum + i * 32 + 16), bias1));
    __m512 v = _mm512_load_ps(squares + i * 16);
    v = _mm512_fmadd_ps(g0, g0, v);
    v = _mm512_fmadd_ps(g1, g1, v);
    _mm512_store_ps(squares + i * 16, v);
    __m512i part[3];
    Parts(g0, g1, part);
    uint16_t* row = to + Place(i, top);
    for (int k = 0; k < 3; ++k) {
      _mm512_store_si512(row + 2 * k * kTile, part[k]);
    }
  }
}

// A row as the task writes it, for those that may not be NaN: the lower parts of
// an infinity are inf - inf.
[[gnu::noinline, gnu::cold]] void Plain(const float* x, const float* w1,
                                        const float* b1, const float* w2,
                                        int64_t d, int64_t k, float eps,
                                        float* y) {
  float h[256], squares = 0;
  for (int64_t j = 0; j < k; ++j) h[j] = b1[j];
  for (int64_t p = 0; p < d; ++p) {
    for (int64_t j = 0; j < k; ++j) h[j] += x[p] * w1[p * k + j];
  }
  for (int64_t j = 0; j < k; ++j) {
    h[j] = 0.5f * h[j] * erfcf(-0.707106781f * h[j]);
    squares += h[j] * h[j];
  }
  const float s1 = 1.0f / sqrtf(squares / (float)k + eps);
  for (int64_t j = 0; j < d; ++j) y[j] = 0;
  for (int64_t p = 0; p < k; ++p) {
    for (int64_t j = 0; j < d; ++j) y[j] += s1 * h[p] * w2[p * d + j];
  }
  squares = 0;
  for (int64_t j = 0; j < d; ++j) squares += y[j] * y[j];
  const float s2 = 1.0f / sqrtf(squares / (float)d + eps);
  for (int64_t j = 0; j < d; ++j) y[j] *= s2;
}

// Whole rows of sums, times what both norms make of them:
// y = sum s1 / sqrt(s1^2 mean(sum^2) + eps), s1 the scale of the first norm.
// Whether any is NaN.
[[gnu::noinline]] bool Write(const float* sums, const float* squares1,
                             int64_t d, int64_t k, float eps, int64_t begin,
                             int64_t end, float* y) {
  bool nan = false;
  y += begin * d;
  for (int64_t i = begin; i < end; ++i, y += d) {
    const float* from = sums + i * kStride;
    __m512 squares = _mm512_setzero_ps();
    for (int64_t j = 0; j < d; j += 16) {  // columns that miss are zero
      const __m512 v = _mm512_load_ps(from + j);
      squares = _mm512_fmadd_ps(v, v, squares);
    }
    const float of_h =
        _mm512_reduce_add_ps(_mm512_load_ps(squares1 + i * 16));
    const float of_y = _mm512_reduce_add_ps(squares);
    const float s1 = 1.0f / sqrtf(of_h / (float)k + eps);
    const float s2 = 1.0f / sqrtf(s1 * (s1 * (of_y / (float)d)) + eps);
    const __m512 by = _mm512_set1_ps(s1 * s2);
    nan |= s2 != s2;
    int64_t j = 0;
#if NT
    j = Min((-(uintptr_t)y & 63) / sizeof(float), d);
    if (j > 0) {
      _mm512_mask_storeu_ps(y, MaskOf(j),
                            _mm512_mul_ps(_mm512_load_ps(from), by));
    }
    for (; j + 16 <= d; j += 16) {
      _mm512_stream_ps(y + j, _mm512_mul_ps(_mm512_loadu_ps(from + j), by));
    }
#else
    for (; j + 16 <= d; j += 16) {
      _mm512_storeu_ps(y + j, _mm512_mul_ps(_mm512_load_ps(from + j), by));
    }
#endif
    if (j < d) {
      const __mmask16 m = MaskOf(d - j);
      _mm512_mask_storeu_ps(
          y + j, m, _mm512_mul_ps(_mm512_maskz_loadu_ps(m, from + j), by));
    }
  }
  return nan;
}

// Units of work, spread evenly over calls.
struct Job {
  int64_t next = 0, end = 0, calls = 1, due = 0;

  void Start(int64_t units, int64_t steps) {
    next = 0, end = units, calls = steps * SLICES, due = calls - 1;
  }
  template <typename F>
  void Call(const F& f) {
    if (next >= end) return;
    int64_t n = 0;
    for (due += end; due >= calls; due -= calls) ++n;
    if (n > 0) f(next, Min(next + n, end));
    next += n;
  }
  template <typename F>
  void Finish(const F& f) {
    if (next < end) f(next, end);
    next = end;
  }
};

struct Tensors {
  const float *x, *w1, *b1, *w2;
  float* y;
  int64_t samples, n, d, k;
  float eps;
};

// What is done while the tile unit multiplies.
struct Work {
  const Tensors& of;
  Scratch& scratch;
  int64_t top;
  Job gelu, write, split, pack1, pack2, out;
  const float *bias, *squares1, *x, *w1, *w2;
  float *squares, *y, *next_y;
  uint16_t* h;
  int64_t sample = 0, part = 2, left = 0;  // of inputs, fetched in this order
  const char* at = nullptr;
  bool nan = false;  // in y

  void Fetch() {
    if (left <= 0) {
      if (sample >= of.samples) return;
      const float* from[] = {of.w1 + sample * of.d * of.k,
                             of.x + sample * of.n * of.d,
                             of.w2 + sample * of.d * of.k};
      at = (const char*)from[part];
      left = (part == 1 ? of.n : of.k) * of.d * sizeof(float);
      if (++part == 3) part = 0, ++sample;
    }
    for (int i = 0; i < RATE; ++i) {
      _mm_prefetch(at + i * 64, (_mm_hint)HINT);
      asm volatile("");
    }
    at += RATE * 64;
    left -= RATE * 64;
  }
  [[gnu::noinline]] void Do(bool finish = false) {
    const auto g = [&](int64_t i, int64_t j) {
      Gelu(scratch.sum, bias, i, j, top, h, squares);
    };
    const auto w = [&](int64_t i, int64_t j) {
      nan |= Write(scratch.y, squares1, of.d, of.k, of.eps, i, j, y);
    };
    if (finish) {
      gelu.Finish(g);
      write.Finish(w);
      return;
    }
    gelu.Call(g);
    write.Call(w);
    split.Call([&](int64_t i, int64_t j) {
      Split(x, of.d, i, j, top, scratch.x);
    });
    pack1.Call([&](int64_t i, int64_t j) {
      Pack(w1, of.d, of.k, i, j, scratch.w1);
    });
    pack2.Call([&](int64_t i, int64_t j) {
      Pack(w2, of.k, of.d, i, j, scratch.w2);
    });
    if (!NT) {
      out.Call([&](int64_t i, int64_t j) {
        for (; i < j; ++i) {
          _mm_prefetch((const char*)next_y + i * 64, _MM_HINT_T1);
          asm volatile("");
        }
      });
    }
  }
};

// sum[rows][ld] = a b
[[gnu::noinline]] void Multiply(const uint16_t* a, const uint16_t* b,
                                int64_t steps, int64_t top, float* sum,
                                int64_t ld, Work& work) {
#define LOAD(tile, from)                                              \
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(64L), \
               "i"(tile) : "memory")
#define LOAD_A(half, part) LOAD(4 + half, a + (2 * part + half) * kTile)
#define LOAD_B(half, part) LOAD(6 + half, b + (2 * part + half) * kTile)
#define PRODUCT(i, j)                                         \
  asm volatile("tdpbf16ps %%tmm%c0, %%tmm%c1, %%tmm%c2" ::"i"(6 + j), \
               "i"(4 + i), "i"(2 * i + j))
  const auto slice = [&](int i) {
    if (AHEAD) {
#pragma GCC unroll 16
      for (int j = 0; j < 16; ++j) {
        _mm_prefetch((const char*)(b + kStep + (i * 16 + j) * 32),
                     _MM_HINT_T0);
      }
    }
    if (i == 0 && RATE > 0) work.Fetch();
    if (i % (6 / SLICES) == 0) work.Do();
  };
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  LOAD_A(0, 2);
  LOAD_B(0, 0);
  LOAD_A(1, 2);
  LOAD_B(1, 0);
  for (int64_t i = 0; i < steps; ++i) {
    PRODUCT(0, 0);  // third part of a, first of b
    PRODUCT(0, 1);
    LOAD_A(0, 1);
    PRODUCT(1, 0);
    PRODUCT(1, 1);
    LOAD_A(1, 1);
    slice(0);
    PRODUCT(0, 0);  // second, first
    PRODUCT(1, 0);
    LOAD_B(0, 1);
    PRODUCT(0, 1);
    PRODUCT(1, 1);
    LOAD_B(1, 1);
    slice(1);
    PRODUCT(0, 0);  // second, second
    PRODUCT(0, 1);
    LOAD_A(0, 0);
    PRODUCT(1, 0);
    PRODUCT(1, 1);
    LOAD_A(1, 0);
    slice(2);
    PRODUCT(0, 0);  // first, second
    PRODUCT(1, 0);
    LOAD_B(0, 2);
    PRODUCT(0, 1);
    PRODUCT(1, 1);
    LOAD_B(1, 2);
    slice(3);
    PRODUCT(0, 0);  // first, third
    PRODUCT(1, 0);
    LOAD_B(0, 0);
    PRODUCT(0, 1);
    PRODUCT(1, 1);
    LOAD_B(1, 0);
    slice(4);
    a += kStep;  // what follows the last step is scratch, and not used
    b += kStep;
    PRODUCT(0, 0);  // first, first
    PRODUCT(0, 1);
    LOAD_A(0, 2);
    PRODUCT(1, 0);
    LOAD_B(0, 0);
    PRODUCT(1, 1);
    LOAD_A(1, 2);
    LOAD_B(1, 0);
    b -= kStep;
    slice(5);
    b += kStep;
  }
  _tile_stored(0, sum, ld * 4);
  _tile_stored(1, sum + 16, ld * 4);
  _tile_stored(2, sum + top * ld, ld * 4);
  _tile_stored(3, sum + top * ld + 16, ld * 4);
  asm volatile("" ::: "memory");
}

void Run(const Tensors& of, Scratch& scratch) {
  const int64_t n = of.n, d = of.d, k = of.k;
  const int64_t steps1 = Up(d), steps2 = Up(k);  // panels of the other product
  const int64_t times = steps1 * steps2;
  const int64_t least = (n + kRows - 1) / kRows;
  const int64_t most = (n + least - 1) / least;  // rows of a block
  const int64_t blocks = (n + most - 1) / most;
  const int64_t top = (most + 1) / 2;
  const TileConfig config(top, most > 1 ? most / 2 : 1);
  _tile_loadconfig(&config);
  Work work{of, scratch, top};
  Pack(of.w1, d, k, 0, steps1 * 16, scratch.w1);
  Split(of.x, d, 0, most, top, scratch.x);
  for (int64_t i = 0; i < of.samples * blocks; ++i) {
    const int64_t b = i / blocks, row = i % blocks * most;
    const int64_t rows = Min(most, n - row);
    work.squares = scratch.squares[i & 1];
    memset(work.squares, 0, sizeof scratch.squares[0]);
    if (row == 0) {
      for (int64_t j = 0; j < k; j += 16) {
        const __m512 v =
            _mm512_maskz_loadu_ps(MaskOf(k - j), of.b1 + b * k + j);
        // The GELU of -inf is NaN, as are rows with one of inf.
        _mm512_store_ps(scratch.bias + j, _mm512_add_ps(v, _mm512_sub_ps(v, v)));
      }
      if (k % 32 > 0 && k % 32 <= 16) {
        _mm512_store_ps(scratch.bias + (k / 16 * 16 + (k % 16 ? 16 : 0)),
                        _mm512_setzero_ps());
      }
      work.w2 = of.w2 + b * d * k;
      work.pack2.Start(steps2 * 16, times);
    }
    for (int64_t p = 0; p < steps2; ++p) {
      Multiply(scratch.x, scratch.w1 + p * steps1 * kStep, steps1, top,
               scratch.sum, 32, work);
      work.gelu.Start(rows, steps1);
      work.bias = scratch.bias + p * 32;
      work.h = scratch.h + p * kStep;
    }
    work.Do(true);

    if (i + 1 < of.samples * blocks) {  // the next rows are the next sample's?
      const bool last = row + rows == n;
      work.x = of.x + (b * n + row + rows) * d;
      work.split.Start(last ? most : Min(most, n - row - rows), times);
      work.w1 = of.w1 + (b + 1) * d * k;
      if (last) work.pack1.Start(steps1 * 16, times);
    }
    work.next_y = of.y + (b * n + row) * d;
    work.out.Start(rows * d / 16, times);
    for (int64_t p = 0; p < steps1; ++p) {
      Multiply(scratch.h, scratch.w2 + p * steps2 * kStep, steps2, top,
               scratch.y + p * 32, kStride, work);
    }
    work.y = work.next_y;
    work.squares1 = work.squares;
    work.write.Start(rows, times);
  }
  work.Do(true);
  for (int64_t i = 0; work.nan && i < of.samples * n; ++i) {
    const int64_t b = i / n;
    float* y = of.y + i * d;
    if (*y != *y) {
      Plain(of.x + i * d, of.w1 + b * d * k, of.b1 + b * k, of.w2 + b * k * d, d,
            k, of.eps, y);
    }
  }
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call*) {
  return sizeof(Scratch) + 64;
}

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& tx = call->inputs[0];
  const int64_t n = tx.shape[tx.rank - 2], d = tx.shape[tx.rank - 1];
  const int64_t k = call->inputs[2].shape[call->inputs[2].rank - 1];
  int64_t samples = 1;
  for (int i = 0; i < tx.rank - 2; ++i) samples *= tx.shape[i];
  if (d > 256 || k > 256) return 1;  // outside of the domain
  const auto in = [&](int i) { return (const float*)call->inputs[i].data; };
  float* y = (float*)call->outputs[0].data;
  const float eps = (float)call->attributes[0];
  Scratch& scratch = *(Scratch*)(((uintptr_t)call->workspace + 63) / 64 * 64);
  // The system grants tile registers (ARCH_REQ_XCOMP_PERM, XTILEDATA) on demand.
  if (syscall(SYS_arch_prctl, 0x1023, 18) != 0) return 2;
  Run({in(0), in(1), in(2), in(3), y, samples, n, d, k, eps}, scratch);
  _tile_release();
#if NT
  _mm_sfence();
#endif
  return 0;
}
