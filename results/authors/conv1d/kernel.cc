// conv1d, 3 taps, padding 1, bias: Winograd fused in registers, F(4, 3) for many
// channels and F(2, 3) for fewer.
// ke:tune ROWS = 7 in {6, 7}
// ke:tune ROWS4 = 6 in {5, 6, 7}
// ke:tune CHUNK = 64 in {48, 64, 96}
// ke:tune CHAIN = 48 in {32, 48}
// ke:tune CHUNK4 = 48 in {32, 48, 96}
// ke:tune CHAIN4 = 24 in {16, 24}
// ke:tune MINC = 80 in {80, 97}
// ke:tune UDIST = 256 in {128, 256, 512, 1024}
// ke:tune GROUP = 2 in {1, 2, 4}
// ke:tune YFETCH = 1 in {0, 1}
// ke:tune STREAM = 1 in {0, 1}
//
// F(M, 3): M outputs from M + 2 products per pair of channels. Points of F(2, 3)
// are 0, +-1, infinity; of F(4, 3) 0, +-a, +-b, infinity with a = 11/16, b = 11/8,
// where errors are a quarter of those of the usual 0, +-1, +-2.
// A tile of ROWS (6 or 7) channels x 32 groups keeps 4 * ROWS accumulators: the products
// of +p and -p of a point pair in one phase, sum and difference of which feed the
// outputs; the last phase adds those of 0 and infinity to the first and the last
// output. Products never go through memory beyond a small stash in L1.
// V of CHUNK channels stays in L1. Chains of products end after CHAIN channels,
// for the errors; sums of earlier ones wait in the stash. Each phase of a tile
// fetches one line of some rows of y or of the next x, GROUP channels for a row.
// Uneven numbers (outliers, mostly zero) take the definition instead.
#include <immintrin.h>
#include <kernelevolve/abi.h>
#include <stdint.h>
#include <stdlib.h>

#include <utility>

namespace {

constexpr int64_t kFewChannels = 16;
constexpr double kA = 0.6875, kB = 1.375, kA2 = kA * kA, kB2 = kB * kB;
typedef __m512 vec;

inline int64_t Min(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t Max(int64_t a, int64_t b) { return a > b ? a : b; }

// Addresses to fetch: a line in some rows. A step of 0 fetches nothing new.
struct Run {
  const float* at;
  int64_t step;
};

struct Extents {
  int64_t batch, c_in, c_out, length;
  bool wide() const { return c_in >= MINC; }  // F(4, 3)
  int64_t rows() const { return wide() ? ROWS4 : ROWS; }
  int64_t chunk() const { return wide() ? CHUNK4 : CHUNK; }
  int64_t chain() const { return wide() ? CHAIN4 : CHAIN; }
  int64_t products() const { return wide() ? 6 : 4; }
  int64_t parts() const { return (c_in + chunk() - 1) / chunk(); }
  int64_t blocks() const { return (c_out + rows() - 1) / rows(); }
  int64_t Channel(int64_t part) const { return part * c_in / parts(); }
  // Chains of a part: their number, and where they begin.
  int64_t chains(int64_t depth) const { return (depth + chain() - 1) / chain(); }
  int64_t Cut(int64_t depth, int64_t i) const { return i * depth / chains(depth); }
  int64_t Row(int64_t block) const { return block * c_out / blocks(); }
  int64_t input() const { return chunk() * products() * 32; }  // V
  int64_t sums() const { return input() + c_out * (products() - 2) * 32; }
  // Phases of a panel, and some room.
  int64_t runs() const {
    return products() / 2 * blocks() * parts() * chains(chunk()) + 320;
  }
  uint64_t packed() const {
    return 128 + 4 * (uint64_t)(products() * c_in * c_out);
  }
  uint64_t scratch() const {
    return 64 + 4 * (uint64_t)sums() + sizeof(Run) * runs();
  }
};

Extents ExtentsOf(const ke_call* call) {
  const int64_t* x = call->inputs[0].shape;
  return {x[0], x[1], call->inputs[1].shape[0], x[2]};
}

struct Packed {
  bool usable;
  float* weights() { return (float*)this + 16; }
};

double Weight(const float* g, bool wide, int phase, int t) {
  if (phase == (wide ? 2 : 1)) {
    return t == 1 ? (double)g[2] : wide ? g[0] / (kA2 * kB2) : (double)g[0];
  }
  const double p = (t == 0 ? 1 : -1) * (!wide ? 1 : phase == 0 ? kA : kB);
  const double scale =
      !wide ? 2 : phase == 0 ? 2 * kA2 * (kA2 - kB2) : 2 * kB2 * (kB2 - kA2);
  return (g[0] + p * g[1] + p * p * g[2]) / scale;
}

// [part][block][chain][phase][channel][2][row]
void Pack(const float* w, const Extents& of, Packed* to) {
  double squares = 0, sizes = 0, largest = 0;
  const int64_t count = of.c_in * of.c_out * 3;
  for (int64_t i = 0; i < count; ++i) {
    const double s = w[i] < 0 ? -(double)w[i] : (double)w[i];
    squares += s * s;
    sizes += s;
    if (s > largest) largest = s;
  }
  to->usable = of.c_in >= kFewChannels && squares < 1e30 &&
               largest * largest * count <= 64 * squares &&
               sizes * sizes >= 0.45 * count * squares;
  if (!to->usable) return;
  float* u = to->weights();
  for (int64_t part = 0; part < of.parts(); ++part) {
    for (int64_t block = 0; block < of.blocks(); ++block) {
      const int64_t from = of.Channel(part), depth = of.Channel(part + 1) - from;
      const int64_t phases = of.products() / 2;
      for (int64_t i = 0; i < phases * of.chains(depth); ++i) {
        for (int64_t c = from + of.Cut(depth, i / phases);
             c < from + of.Cut(depth, i / phases + 1); ++c) {
          for (int t = 0; t < 2; ++t) {
            for (int64_t o = of.Row(block); o < of.Row(block + 1); ++o) {
              *u++ = (float)Weight(w + (o * of.c_in + c) * 3, of.wide(),
                                   (int)(i % phases), t);
            }
          }
        }
      }
    }
  }
}

inline uint64_t Below(int64_t n) {
  return n <= 0 ? 0 : n >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << n) - 1;
}

// Groups of one sample within a vector: where its lane 0 would be, and lanes.
struct Segment {
  int64_t x, y;         // offsets in channel 0
  int64_t first, last;  // lanes
  int64_t sample, begin, end;
  uint64_t before, after, out;
};

template <int kM>
struct Panel {
  Segment segments[2][16];
  int sizes[2] = {0, 0};
  int64_t groups;

  Panel(const Extents& of, int64_t q) {
    const int64_t each = (of.length + kM - 1) / kM;
    const int64_t end = Min(q + 32, of.batch * each);
    groups = Max(end - q, 0);
    for (int j = 0; j < 2; ++j) {
      const int64_t from = q + 16 * j, to = Min(from + 16, end);
      for (int64_t p = from; p < to;) {
        const int64_t sample = p / each, group = p - sample * each;
        const int64_t many = Min(each - group, to - p), at = p - from;
        const int64_t base = kM * (group - at);
        Segment& s = segments[j][sizes[j]++];
        s.x = sample * of.c_in * of.length + base;
        s.y = sample * of.c_out * of.length + base;
        s.sample = sample;
        s.begin = kM * group;
        s.end = Min(kM * (group + many), of.length);
        s.first = kM * at;
        s.last = s.end - base - 1;
        const uint64_t lanes = Below(kM * (at + many)) & ~Below(kM * at);
        s.before = lanes & Below(of.length - base + 1) & ~Below(1 - base);
        s.after = lanes & Below(of.length - base + 1 - kM);
        s.out = lanes & Below(of.length - base);
        p += many;
      }
    }
  }

  // The lines of channel 0, as offsets; consecutive vectors share theirs.
  int64_t Lines(int64_t Segment::*of, int64_t* lines) const {
    int64_t n = 0;
    for (int j = 0; j < 2; ++j) {
      for (int i = 0; i < sizes[j]; ++i) {
        const Segment& s = segments[j][i];
        for (int64_t p = s.*of + s.first; p < s.*of + s.last + 1; p += 16) {
          lines[n++] = p;
        }
        lines[n++] = s.*of + s.last + 1;  // which the last one reads
        if (j == 0 && i + 1 == sizes[0] && sizes[1] > 0 &&
            segments[1][0].sample == s.sample) {
          --n;
        }
      }
    }
    return n;
  }
};

// 4 x 4 within each quarter of the vectors; its own inverse.
[[gnu::always_inline]] inline void Transpose(const vec (&a)[4], vec (&d)[4]) {
  const __m512d lo = _mm512_castps_pd(_mm512_unpacklo_ps(a[0], a[1]));
  const __m512d hi = _mm512_castps_pd(_mm512_unpackhi_ps(a[0], a[1]));
  const __m512d lo2 = _mm512_castps_pd(_mm512_unpacklo_ps(a[2], a[3]));
  const __m512d hi2 = _mm512_castps_pd(_mm512_unpackhi_ps(a[2], a[3]));
  d[0] = _mm512_castpd_ps(_mm512_unpacklo_pd(lo, lo2));
  d[1] = _mm512_castpd_ps(_mm512_unpackhi_pd(lo, lo2));
  d[2] = _mm512_castpd_ps(_mm512_unpacklo_pd(hi, hi2));
  d[3] = _mm512_castpd_ps(_mm512_unpackhi_pd(hi, hi2));
}

// kM vectors from `x` on, every kM-th element of them.
template <int kM>
[[gnu::always_inline]] inline void Split(const Segment* s, int many,
                                         uint64_t Segment::*mask, const float* x,
                                         vec (&d)[kM]) {
  vec a[kM];
#pragma GCC unroll 4
  for (int k = 0; k < kM; ++k) {
    a[k] = _mm512_maskz_loadu_ps((__mmask16)(s->*mask >> 16 * k),
                                 x + s->x + 16 * k);
  }
  for (int i = 1; i < many; ++i) {
    ++s;
#pragma GCC unroll 4
    for (int k = 0; k < kM; ++k) {
      a[k] = _mm512_mask_loadu_ps(a[k], (__mmask16)(s->*mask >> 16 * k),
                                  x + s->x + 16 * k);
    }
  }
  if constexpr (kM == 2) {
    d[0] = _mm512_shuffle_ps(a[0], a[1], 0x88);
    d[1] = _mm512_shuffle_ps(a[0], a[1], 0xDD);
  } else {
    Transpose(a, d);
  }
}

// v[phase][channel][2][vector]. False if these should not be transformed.
template <int kM, int kVecs>
bool Transform(const float* x, const Extents& of, const Panel<kM>& panel,
               int64_t depth, float* v) {
  const vec sign = _mm512_set1_ps(-0.0f);
  vec squares = _mm512_setzero_ps(), sizes = squares, largest = squares;
  const int64_t next = depth * 2 * kVecs * 16;
  for (int64_t c = 0; c < depth; ++c, x += of.length, v += 2 * kVecs * 16) {
#pragma GCC unroll 2
    for (int j = 0; j < kVecs; ++j) {
      vec d[kM], e[kM];
      Split<kM>(panel.segments[j], panel.sizes[j], &Segment::before, x - 1, d);
      Split<kM>(panel.segments[j], panel.sizes[j], &Segment::after, x + kM - 1, e);
      if (j == 0) {
        squares = _mm512_fmadd_ps(d[1], d[1], squares);
        sizes = _mm512_add_ps(sizes, _mm512_andnot_ps(sign, d[1]));
      }
      largest = _mm512_range_ps(largest, d[1], 0x0B);  // the larger size
      largest = _mm512_range_ps(largest, e[0], 0x0B);
      float* to = v + j * 16;
      const auto store = [&](int phase, vec p, vec q) {
        _mm512_store_ps(to + phase * next, p);
        _mm512_store_ps(to + phase * next + kVecs * 16, q);
      };
      if constexpr (kM == 2) {
        store(0, _mm512_add_ps(d[1], e[0]), _mm512_sub_ps(e[0], d[1]));
        store(1, _mm512_sub_ps(d[0], e[0]), _mm512_sub_ps(e[1], d[1]));
      } else {
        largest = _mm512_range_ps(largest, d[2], 0x0B);
        largest = _mm512_range_ps(largest, d[3], 0x0B);
        const vec a = _mm512_set1_ps((float)kA), b = _mm512_set1_ps((float)kB);
        const vec a2 = _mm512_set1_ps((float)kA2), b2 = _mm512_set1_ps((float)kB2);
        const vec sum = _mm512_set1_ps((float)(kA2 + kB2));
        const vec product = _mm512_set1_ps((float)(kA2 * kB2));
        const vec ea = _mm512_fnmadd_ps(b2, d[2], e[0]);
        const vec oa = _mm512_fnmadd_ps(b2, d[1], d[3]);
        const vec eb = _mm512_fnmadd_ps(a2, d[2], e[0]);
        const vec ob = _mm512_fnmadd_ps(a2, d[1], d[3]);
        store(0, _mm512_fmadd_ps(a, oa, ea), _mm512_fnmadd_ps(a, oa, ea));
        store(1, _mm512_fmadd_ps(b, ob, eb), _mm512_fnmadd_ps(b, ob, eb));
        store(2,
              _mm512_fmadd_ps(product, d[0], _mm512_fnmadd_ps(sum, d[2], e[0])),
              _mm512_fmadd_ps(product, d[1], _mm512_fnmadd_ps(sum, d[3], e[1])));
      }
    }
  }
  const double sq = _mm512_reduce_add_ps(squares);
  const double si = _mm512_reduce_add_ps(sizes);
  const double la = _mm512_reduce_max_ps(largest);
  const double count = (double)depth * Min(panel.groups, 16);
  return sq < 1e30 && la * la * count <= (kM == 2 ? 64 : 45) * sq &&
         si * si >= (kM == 2 ? 0.25 : 0.45) * count * sq;
}

template <int kRows, int kVecs>
[[gnu::always_inline]] inline void Half(vec (&p)[kRows][kVecs], const float* u,
                                        const float* v) {
  vec x[kVecs];
#pragma GCC unroll 2
  for (int j = 0; j < kVecs; ++j) {
    x[j] = _mm512_load_ps(v + 16 * j);
    asm volatile("" : "+v"(x[j]));
  }
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
    if constexpr (kVecs == 2) {
      vec w;
      asm volatile(
          "vbroadcastss %5, %2\n\t"
          "vfmadd231ps %3, %2, %0\n\t"
          "vfmadd231ps %4, %2, %1"
          : "+v"(p[i][0]), "+v"(p[i][1]), "=&v"(w)
          : "v"(x[0]), "v"(x[1]), "m"(u[i]));
    } else {
      p[i][0] = _mm512_fmadd_ps(_mm512_set1_ps(u[i]), x[0], p[i][0]);
    }
  }
}

template <int kRows, int kVecs>
[[gnu::always_inline]] inline void Step(vec (&p)[kRows][kVecs],
                                        vec (&q)[kRows][kVecs], const float* u,
                                        const float* v) {
  __builtin_prefetch(u + UDIST);
  Half<kRows, kVecs>(p, u, v);
  Half<kRows, kVecs>(q, u + kRows, v + 16 * kVecs);
}

template <int kRows, int kVecs>
[[gnu::always_inline]] inline void Phase(vec (&p)[kRows][kVecs],
                                         vec (&q)[kRows][kVecs], const float* u,
                                         const float* v, int64_t depth,
                                         Run run) {
  int64_t c = 0;
  for (; c + GROUP <= depth; c += GROUP) {
    __builtin_prefetch(run.at, 0, 2);
    run.at += run.step;
#pragma GCC unroll 4
    for (int g = 0; g < GROUP; ++g) {
      Step<kRows, kVecs>(p, q, u + g * 2 * kRows, v + g * 32 * kVecs);
    }
    u += GROUP * 2 * kRows;
    v += GROUP * 32 * kVecs;
  }
  for (; c < depth; ++c, u += 2 * kRows, v += 32 * kVecs) {
    Step<kRows, kVecs>(p, q, u, v);
  }
}

template <int kM>
struct Work {
  const Panel<kM>* panel;
  const float* u;
  const float* v;
  const int64_t* cuts;
  int64_t chains, length;
  const float* bias;  // of the first row
  float* partial;     // of the first row
  float* y;           // channel 0 + first row * length
  bool begin, end, stream;
  const Run* runs;
};

inline vec Mix(double wa, vec a, double wb, vec b, vec to) {
  return _mm512_add_ps(to,
                       _mm512_fmadd_ps(_mm512_set1_ps((float)wa), a,
                                       _mm512_mul_ps(_mm512_set1_ps((float)wb), b)));
}

template <int kM, int kRows, int kVecs>
[[gnu::noinline]] void Block(const Work<kM>& on) {
  vec p[kRows][kVecs], q[kRows][kVecs];
  // Sums of chains, those of outputs 1 and 2 in the middle.
  alignas(64) float stash[kRows][2][kM][16];
  alignas(64) float pair[kRows][kVecs][2][16];
  const float* u = on.u;
  const float* v = on.v;
  const Run* runs = on.runs;
  for (int64_t chain = 0; chain < on.chains; ++chain) {
    const int64_t depth = on.cuts[chain + 1] - on.cuts[chain];
    const float* from = chain > 0 ? stash[0][0][0] : on.partial;
    const bool begin = chain == 0 && on.begin;
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
      for (int j = 0; j < kVecs; ++j) p[i][j] = q[i][j] = _mm512_setzero_ps();
    }
    Phase<kRows, kVecs>(p, q, u, v, depth, *runs++);
    u += depth * 2 * kRows;
    v += depth * 32 * kVecs;
    if constexpr (kM == 4) {
#pragma GCC unroll 8
      for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
        for (int j = 0; j < kVecs; ++j) {
          _mm512_store_ps(pair[i][j][0], _mm512_add_ps(p[i][j], q[i][j]));
          _mm512_store_ps(pair[i][j][1], _mm512_sub_ps(p[i][j], q[i][j]));
          p[i][j] = q[i][j] = _mm512_setzero_ps();
        }
      }
      Phase<kRows, kVecs>(p, q, u, v, depth, *runs++);
      u += depth * 2 * kRows;
      v += depth * 32 * kVecs;
      }
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
      for (int j = 0; j < kVecs; ++j) {
        vec start[kM];
        if (begin) {
#pragma GCC unroll 4
          for (int m = 0; m < kM; ++m) start[m] = _mm512_set1_ps(on.bias[i]);
        } else {
#pragma GCC unroll 4
          for (int m = 0; m < kM; ++m) {
            start[m] = _mm512_load_ps(from + ((i * 2 + j) * kM + m) * 16);
          }
        }
        const vec sum = _mm512_add_ps(p[i][j], q[i][j]);
        const vec difference = _mm512_sub_ps(p[i][j], q[i][j]);
        if constexpr (kM == 2) {
          p[i][j] = _mm512_add_ps(sum, start[0]);
          q[i][j] = _mm512_add_ps(difference, start[1]);
        } else {
          const vec s = _mm512_load_ps(pair[i][j][0]);
          const vec d = _mm512_load_ps(pair[i][j][1]);
          p[i][j] = _mm512_add_ps(_mm512_add_ps(s, sum), start[0]);
          q[i][j] = Mix(kA * kA2, d, kB * kB2, difference, start[3]);
          _mm512_store_ps(stash[i][j][1], Mix(kA, d, kB, difference, start[1]));
          _mm512_store_ps(stash[i][j][2], Mix(kA2, s, kB2, sum, start[2]));
        }
      }
    }
    Phase<kRows, kVecs>(p, q, u, v, depth, *runs++);
    u += depth * 2 * kRows;
    v += depth * 32 * kVecs;
    if (chain + 1 < on.chains) {
#pragma GCC unroll 8
      for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
        for (int j = 0; j < kVecs; ++j) {
          _mm512_store_ps(stash[i][j][0], p[i][j]);
          _mm512_store_ps(stash[i][j][kM - 1], q[i][j]);
        }
      }
    }
  }
  if (!on.end) {
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
      for (int j = 0; j < kVecs; ++j) {
        float* to = on.partial + (i * 2 + j) * kM * 16;
        _mm512_store_ps(to, p[i][j]);
        _mm512_store_ps(to + 16 * (kM - 1), q[i][j]);
        if (kM == 4) {
          _mm512_store_ps(to + 16, _mm512_load_ps(stash[i][j][1]));
          _mm512_store_ps(to + 32, _mm512_load_ps(stash[i][j][2]));
        }
      }
    }
    return;
  }
#pragma GCC unroll 2
  for (int j = 0; j < kVecs; ++j) {
    const Segment* s = on.panel->segments[j];
    for (int k = on.panel->sizes[j]; k > 0; --k, ++s) {
      float* y = on.y + s->y;
#pragma GCC unroll 8
      for (int i = 0; i < kRows; ++i, y += on.length) {
        vec z[kM];
        if constexpr (kM == 2) {
          z[0] = _mm512_unpacklo_ps(p[i][j], q[i][j]);
          z[1] = _mm512_unpackhi_ps(p[i][j], q[i][j]);
        } else {
          const vec m[4] = {p[i][j], _mm512_load_ps(stash[i][j][1]),
                            _mm512_load_ps(stash[i][j][2]), q[i][j]};
          Transpose(m, z);
        }
        if (on.stream) {
#pragma GCC unroll 4
          for (int m = 0; m < kM; ++m) _mm512_stream_ps(y + 16 * m, z[m]);
        } else {
#pragma GCC unroll 4
          for (int m = 0; m < kM; ++m) {
            _mm512_mask_storeu_ps(y + 16 * m, (__mmask16)(s->out >> 16 * m), z[m]);
          }
        }
      }
    }
  }
}

template <int kM, int kRows, int kVecs>
void BlockOf(int64_t rows, const Work<kM>& on) {
  if constexpr (kRows > 0) {
    if (rows == kRows) return Block<kM, kRows, kVecs>(on);
    BlockOf<kM, kRows - 1, kVecs>(rows, on);
  }
}

struct Operands {
  const float* x;
  const float* w;
  const float* u;
  const float* bias;
  float* y;
};

template <int kM, int kVecs>
bool Convolve(const Operands& on, const Extents& of, const Panel<kM>& panel,
              const Panel<kM>& next, float* scratch) {
  float* v = scratch;
  float* partial = scratch + of.input();
  const float* u = on.u;
  const int64_t parts = of.parts(), blocks = of.blocks();
  const Segment& s = panel.segments[0][0];
  const bool stream = STREAM && kVecs == 2 && of.length % 16 == 0 &&
                      s.begin + 32 * kM <= of.length && panel.groups == 32 &&
                      (uintptr_t)(on.y + s.y) % 64 == 0;
  // What to fetch meanwhile: lines of y and of the next x, `rows` rows a time.
  Run* runs = (Run*)(partial + of.c_out * kM * 32);
  const int64_t rows = Max(1, of.c_in / (parts * of.chains(of.Channel(1))) / GROUP);
  const int64_t most = of.runs() - 320;
  int64_t x_lines[160], y_lines[160], run = 0;
  const int64_t xs = next.Lines(&Segment::x, x_lines);
  const int64_t ys = YFETCH && !stream ? panel.Lines(&Segment::y, y_lines) : 0;
  for (int64_t r = 0; r < Max(of.c_in, of.c_out) && run < most; r += rows) {
    for (int64_t i = 0; i < ys && r < of.c_out; ++i) {
      runs[run++] = {on.y + Max(Min(r, of.c_out - rows), 0) * of.length + y_lines[i],
                     of.length};
    }
    for (int64_t i = 0; i < xs && r < of.c_in; ++i) {
      runs[run++] = {on.x + Min(r, of.c_in - rows) * of.length + x_lines[i],
                     of.length};
    }
  }
  for (; run < most; ++run) runs[run] = {on.bias, 0};
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t c = of.Channel(part), depth = of.Channel(part + 1) - c;
    const int64_t chains = of.chains(depth);
    int64_t cuts[9];
    for (int64_t i = 0; i <= chains; ++i) {
      cuts[i] = of.Cut(depth, i);
      if (i > 0 && !Transform<kM, kVecs>(on.x + (c + cuts[i - 1]) * of.length, of,
                                     panel, cuts[i] - cuts[i - 1],
                                     v + cuts[i - 1] * kVecs * (kM + 2) * 16)) {
        return false;
      }
    }
    for (int64_t block = 0; block < blocks; ++block, runs += (kM / 2 + 1) * chains) {
      const int64_t o = of.Row(block), height = of.Row(block + 1) - o;
      const Work<kM> work = {&panel,      u, v, cuts, chains, of.length,
                         on.bias + o, partial + o * kM * 32, on.y + o * of.length,
                         part == 0,   part + 1 == parts, stream, runs};
      BlockOf<kM, kM == 4 ? ROWS4 : ROWS, kVecs>(height, work);
      u += height * depth * (kM + 2);
    }
  }
  return true;
}

// The same by the definition.
void ConvolvePlainly(const Operands& on, const Extents& of, const Segment& s) {
  for (int64_t o = 0; o < of.c_out; ++o) {
    float* y = on.y + (s.sample * of.c_out + o) * of.length;
    for (int64_t p = s.begin; p < s.end; ++p) y[p] = on.bias[o];
    for (int64_t i = 0; i < of.c_in * 3; ++i) {
      const float w = on.w[o * of.c_in * 3 + i];
      const float* x = on.x + (s.sample * of.c_in + i / 3) * of.length;
      const int64_t shift = i % 3 - 1;
      const int64_t last = Min(s.end, of.length - shift);
      for (int64_t p = Max(s.begin, -shift); p < last; ++p) y[p] += w * x[p + shift];
    }
  }
}

template <int kM>
void Run(const Operands& on, const Extents& of, float* scratch) {
  const int64_t total = of.batch * ((of.length + kM - 1) / kM);
  Panel<kM> panel(of, 0);
  if (on.u != nullptr) {
    int64_t lines[160];
    const int64_t many = panel.Lines(&Segment::x, lines);
    for (int64_t c = 0; c < of.c_in; ++c) {
      for (int64_t i = 0; i < many; ++i) {
        __builtin_prefetch(on.x + c * of.length + lines[i], 0, 2);
      }
    }
  }
  for (int64_t q = 0; q < total; q += 32) {
    const Panel<kM> next(of, q + 32);
    const bool good =
        on.u != nullptr && (panel.groups > 16
                                ? Convolve<kM, 2>(on, of, panel, next, scratch)
                                : Convolve<kM, 1>(on, of, panel, next, scratch));
    for (int j = 0; j < 2 && !good; ++j) {
      for (int i = 0; i < panel.sizes[j]; ++i) {
        ConvolvePlainly(on, of, panel.segments[j][i]);
      }
    }
    panel = next;
  }
}

}  // namespace

extern "C" int ke_setup(const ke_call* call, void** state) {
  const Extents of = ExtentsOf(call);
  const float* w = (const float*)call->inputs[1].data;
  *state = nullptr;
  Packed* packed = (Packed*)aligned_alloc(64, (of.packed() + 63) / 64 * 64);
  if (packed == nullptr) return 1;
  Pack(w, of, packed);
  *state = packed;
  return 0;
}

extern "C" void ke_teardown(void* state) { free(state); }

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  const Extents of = ExtentsOf(call);
  return (of.scratch() + 127) / 64 * 64;
}

extern "C" int ke_run(const ke_call* call) {
  const Extents of = ExtentsOf(call);
  float* scratch = (float*)(((uintptr_t)call->workspace + 63) / 64 * 64);
  Operands on = {(const float*)call->inputs[0].data,
                 (const float*)call->inputs[1].data, nullptr,
                 (const float*)call->inputs[2].data,
                 (float*)call->outputs[0].data};
  Packed* packed = (Packed*)call->state;
  if (packed == nullptr) return 1;
  if (packed->usable) on.u = packed->weights();
  of.wide() ? Run<4>(on, of, scratch) : Run<2>(on, of, scratch);
  if (STREAM) _mm_sfence();
  return 0;
}
