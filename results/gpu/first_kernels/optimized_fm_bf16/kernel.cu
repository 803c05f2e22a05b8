// out = (x x') y per sample, as a pipeline: one persistent block per
// multiprocessor holds as many samples in shared memory as fit, so that loads of
// coming samples and stores of past ones never pause while tensor cores work.
// x x' is made once per sample, its upper blocks only; the product replaces y in
// place. A sample comes and goes in pieces: each is taken away as soon as it is
// done and its place refilled as soon as it has been read.
// What won differs by layout: samples in boxes of 64 columns (BOX_...) and samples as
// in global memory (WHOLE_...). HINT 1: what was read leaves the L2 cache first, 2: what
// was written.
// ke:tune BOX_HINT = 0 in {0, 1, 2}
// ke:tune WHOLE_HINT = 0 in {0, 1, 2}
// ke:tune BOX_GRID = 128 in {128, 132}
// ke:tune WHOLE_GRID = 132 in {128, 132}
// With AHEAD 1 the sample that shared memory has no room for yet is on its way to
// the L2 cache, so that memory never waits for the stores.
// ke:tune BOX_AHEAD = 1 in {0, 1}
// ke:tune WHOLE_AHEAD = 0 in {0, 1}
// LAG stores are on their way before the place of the first is refilled.
// ke:tune LAG = 2 in {1, 2}
// With TAKE 1 a block takes the next whole sample that nobody has, by a counter,
// instead of every WHOLE_GRID-th: blocks that memory serves worse take fewer.
// ke:tune TAKE = 0 in {0, 1}
// ke:tune STAGES = 3 in {2, 3, 4, 8}
#include <algorithm>
#include <cstdint>

#include <cuda.h>
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

namespace {

using Real = __nv_bfloat16;

constexpr int kWarps = 14;  // that compute; one more moves y
constexpr int kThreads = (kWarps + 1) * 32;
constexpr int kMostStages = STAGES;
constexpr int kMostBarriers = 56;
// Rows of the gram matrix are 7 x 16 bytes apart: ldmatrix meets no conflict.
constexpr int kGramPitch = 56 * 2;
constexpr int kSharedLimit = 227 * 1024;
constexpr int kHeader = 1024;  // barriers; a swizzled tile begins at 1024

// How a sample of y lies in shared memory: in boxes of 64 columns, swizzled by a
// tensor map; or as in global memory, where its rows may be aligned to 4 bytes.
enum Layout { kBoxes, kWhole };
template <Layout LAYOUT>
constexpr int kHint = LAYOUT == kBoxes ? BOX_HINT : WHOLE_HINT;
template <Layout LAYOUT>
constexpr int kAhead = LAYOUT == kBoxes ? BOX_AHEAD : WHOLE_AHEAD;
template <Layout LAYOUT>
constexpr bool kTake = LAYOUT == kWhole && TAKE == 1;

__device__ __forceinline__ unsigned Shared(const void* p) {
  return static_cast<unsigned>(__cvta_generic_to_shared(p));
}
__device__ __forceinline__ void InitBarrier(unsigned bar, int count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(bar), "r"(count) : "memory");
}
__device__ __forceinline__ void Expect(unsigned bar, unsigned bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(bar), "r"(bytes) : "memory");
}
__device__ __forceinline__ void Arrive(unsigned bar) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(bar) : "memory");
}
__device__ __forceinline__ void Wait(unsigned bar, unsigned parity) {
  asm volatile(
      "{\n.reg .pred p;\nWAIT_%=:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;\n"
      "@p bra DONE_%=;\nbra WAIT_%=;\nDONE_%=:\n}" ::"r"(bar), "r"(parity) : "memory");
}
// What was written has to be seen by the bulk copies that take it away.
__device__ __forceinline__ void Publish() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }
__device__ __forceinline__ void Commit() { asm volatile("cp.async.bulk.commit_group;" ::: "memory"); }
// Until at most COUNT of the committed stores have shared memory left to read.
template <int COUNT>
__device__ __forceinline__ void Drain() {
  asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(COUNT) : "memory");
}
// What leaves the L2 cache first: nothing in particular, with HINT 1 what was
// read, with HINT 2 what was written.
__device__ __forceinline__ uint64_t LeavesFirst() {
  uint64_t policy;
  asm("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(policy));
  return policy;
}
template <Layout LAYOUT>
__device__ __forceinline__ void BulkIn(unsigned to, const void* from, unsigned bytes, unsigned bar) {
  if constexpr (kHint<LAYOUT> == 1)
    asm volatile(
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint [%0], [%1], %2, [%3], %4;" ::"r"(to),
        "l"(from), "r"(bytes), "r"(bar), "l"(LeavesFirst()) : "memory");
  else
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(to), "l"(from),
                 "r"(bytes), "r"(bar) : "memory");
}
template <Layout LAYOUT>
__device__ __forceinline__ void BulkOut(void* to, unsigned from, unsigned bytes) {
  if constexpr (kHint<LAYOUT> == 2)
    asm volatile("cp.async.bulk.global.shared::cta.bulk_group.L2::cache_hint [%0], [%1], %2, %3;" ::"l"(to), "r"(from), "r"(bytes),
                 "l"(LeavesFirst()) : "memory");
  else
    asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(to), "r"(from), "r"(bytes) : "memory");
}
template <Layout LAYOUT>
__device__ __forceinline__ void BoxIn(unsigned to, const CUtensorMap* map, int column, int sample, unsigned bar) {
  if constexpr (kHint<LAYOUT> == 1)
    asm volatile(
        "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes.L2::cache_hint "
        "[%0], [%1, {%3, %4, %5}], [%2], %6;" ::"r"(to),
        "l"(map), "r"(bar), "r"(column), "r"(0), "r"(sample), "l"(LeavesFirst()) : "memory");
  else
    asm volatile(
        "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5}], [%2];" ::"r"(to),
        "l"(map), "r"(bar), "r"(column), "r"(0), "r"(sample) : "memory");
}
template <Layout LAYOUT>
__device__ __forceinline__ void BoxOut(const CUtensorMap* map, unsigned from, int column, int sample) {
  if constexpr (kHint<LAYOUT> == 2)
    asm volatile(
        "cp.async.bulk.tensor.3d.global.shared::cta.tile.bulk_group.L2::cache_hint [%0, {%2, %3, %4}], [%1], %5;" ::"l"(map),
        "r"(from), "r"(column), "r"(0), "r"(sample), "l"(LeavesFirst()) : "memory");
  else
    asm volatile("cp.async.bulk.tensor.3d.global.shared::cta.tile.bulk_group [%0, {%2, %3, %4}], [%1];" ::"l"(map), "r"(from),
                 "r"(column), "r"(0), "r"(sample) : "memory");
}
__device__ __forceinline__ unsigned Get32(unsigned at) {
  unsigned v;
  asm volatile("ld.shared.b32 %0, [%1];" : "=r"(v) : "r"(at) : "memory");
  return v;
}
__device__ __forceinline__ uint4 Get128(unsigned at) {
  uint4 v;
  asm volatile("ld.shared.v4.b32 {%0, %1, %2, %3}, [%4];" : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "r"(at) : "memory");
  return v;
}
__device__ __forceinline__ void Put32(unsigned at, unsigned v) {
  asm volatile("st.shared.b32 [%0], %1;" ::"r"(at), "r"(v) : "memory");
}
__device__ __forceinline__ void Put16(unsigned at, unsigned v) {
  asm volatile("st.shared.b16 [%0], %1;" ::"r"(at), "h"(static_cast<unsigned short>(v)) : "memory");
}
__device__ __forceinline__ void Matrices4(unsigned (&v)[4], unsigned at) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(v[0]), "=r"(v[1]), "=r"(v[2]), "=r"(v[3]) : "r"(at) : "memory");
}
__device__ __forceinline__ void Matrices4Turned(unsigned (&v)[4], unsigned at) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(v[0]), "=r"(v[1]), "=r"(v[2]), "=r"(v[3]) : "r"(at) : "memory");
}
__device__ __forceinline__ void Matrices2(unsigned (&v)[2], unsigned at) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];" : "=r"(v[0]), "=r"(v[1]) : "r"(at) : "memory");
}
__device__ __forceinline__ void Matrices2Turned(unsigned (&v)[2], unsigned at) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];" : "=r"(v[0]), "=r"(v[1]) : "r"(at) : "memory");
}
__device__ __forceinline__ void PutMatrices4(unsigned at, unsigned a, unsigned b, unsigned c, unsigned d) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(at), "r"(a), "r"(b), "r"(c), "r"(d) : "memory");
}
__device__ __forceinline__ void PutMatrices2(unsigned at, unsigned a, unsigned b) {
  asm volatile("stmatrix.sync.aligned.m8n8.x2.shared.b16 [%0], {%1, %2};" ::"r"(at), "r"(a), "r"(b) : "memory");
}
__device__ __forceinline__ void Multiply16(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
__device__ __forceinline__ void Multiply8(float (&c)[4], const unsigned (&a)[2], unsigned b0) {
  asm("mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a[0]), "r"(a[1]), "r"(b0));
}
__device__ __forceinline__ unsigned Pack(float low, float high) {
  const __nv_bfloat162 v = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<const unsigned*>(&v);
}

struct Arguments {
  const Real *x, *y;
  Real* out;
  unsigned* taken;
  int b, n, d, k;
  int y_bytes, x_bytes;  // of a sample
  int y_stages, x_stages, pieces;
};

// The barriers of a block, and where its buffers begin.
struct Memory {
  unsigned y_full, y_done, x_full, y, x, gram;

  __device__ __forceinline__ Memory(unsigned base, const Arguments& a) {
    y_full = base, y_done = y_full + 8 * kMostBarriers, x_full = y_done + 8 * kMostBarriers;
    y = base + kHeader;
    x = y + a.y_stages * a.y_bytes;
    gram = x + a.x_stages * a.x_bytes;
  }
};

// The samples of a block, by turns: every so many, or those that it has taken. The
// thread that moves y takes them, everybody else waits until a turn's sample is known.
constexpr int kTurns = 16;
struct Taken {
  volatile int known;
  volatile int samples[kTurns];

  __device__ __forceinline__ void Tell(int turn, int sample) {
    samples[turn % kTurns] = sample;
    __threadfence_block();
    known = turn + 1;
  }
  __device__ __forceinline__ int Of(int turn) const {
    while (known <= turn) {}
    __threadfence_block();
    return samples[turn % kTurns];
  }
};
constexpr int kTakenAt = 8 * (2 * kMostBarriers + 4);  // behind the barriers
static_assert(kTakenAt + sizeof(Taken) <= kHeader);
// The sample of a turn; not below a.b where there is none.
template <Layout LAYOUT>
__device__ __forceinline__ int SampleOf(const Arguments& a, const Taken& taken, int turn) {
  if constexpr (kTake<LAYOUT>) return taken.Of(turn);
  return static_cast<int>(blockIdx.x) + turn * static_cast<int>(gridDim.x);
}
// Walks the stages of a ring; the phase turns with every round.
struct Stage {
  int at = 0;
  unsigned phase = 0;

  __device__ __forceinline__ void Next(int stages) {
    if (++at == stages) at = 0, phase ^= 1;
  }
};

template <Layout LAYOUT>
__device__ __forceinline__ void LoadX(const Arguments& a, const Memory& memory, int sample, int stage) {
  const unsigned bar = memory.x_full + stage * 8;
  Expect(bar, a.x_bytes);
  BulkIn<LAYOUT>(memory.x + stage * a.x_bytes, a.x + static_cast<int64_t>(sample) * a.n * a.d, a.x_bytes, bar);
}

// Pieces of y: boxes, each with barriers of its own; or four rows, a multiple of
// 16 bytes, with barriers for the sample.
template <Layout LAYOUT>
__device__ __forceinline__ void LoadPiece(const Arguments& a, const CUtensorMap* map, const Memory& memory, int sample, int stage, int piece) {
  const unsigned bytes = a.y_bytes / a.pieces, to = memory.y + stage * a.y_bytes + piece * bytes;
  if constexpr (LAYOUT == kBoxes) {
    const unsigned bar = memory.y_full + (stage * a.pieces + piece) * 8;
    Expect(bar, bytes);
    BoxIn<LAYOUT>(to, map, piece * 64, sample, bar);
  } else {
    const unsigned bar = memory.y_full + stage * 8;
    if (piece == 0) Expect(bar, a.y_bytes);
    BulkIn<LAYOUT>(to, a.y + static_cast<int64_t>(sample) * a.n * a.k + piece * 4 * a.k, bytes, bar);
  }
}

template <Layout LAYOUT>
__device__ __forceinline__ void StorePiece(const Arguments& a, const CUtensorMap* map, const Memory& memory, int sample, int stage, int piece) {
  const unsigned bytes = a.y_bytes / a.pieces, from = memory.y + stage * a.y_bytes + piece * bytes;
  if constexpr (LAYOUT == kBoxes)
    BoxOut<LAYOUT>(map, from, piece * 64, sample);
  else
    BulkOut<LAYOUT>(a.out + static_cast<int64_t>(sample) * a.n * a.k + piece * 4 * a.k, from, bytes);
  Commit();
}

template <Layout LAYOUT>
__device__ __forceinline__ void Ahead(const Arguments& a, int sample) {
  if constexpr (kAhead<LAYOUT> == 1) {
    asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(a.x + static_cast<int64_t>(sample) * a.n * a.d), "r"(a.x_bytes) : "memory");
    asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(a.y + static_cast<int64_t>(sample) * a.n * a.k), "r"(a.y_bytes) : "memory");
  }
}

// The thread that moves y. Some stores are on their way before the place of the
// first is refilled.
template <Layout LAYOUT>
__device__ __forceinline__ void Move(const Arguments& a, const CUtensorMap* in, const CUtensorMap* out, const Memory& memory, Taken& taken) {
  const int step = gridDim.x;
  Stage stage;
  unsigned free = kTake<LAYOUT> ? atomicAdd(a.taken, 1) + a.y_stages * step : 0;
  for (int turn = 0;; ++turn) {
    const int sample = SampleOf<LAYOUT>(a, taken, turn);
    if (sample >= a.b) break;
    int next = sample + a.y_stages * step;
    if constexpr (kTake<LAYOUT>) {
      next = free < static_cast<unsigned>(a.b) ? static_cast<int>(free) : a.b;
      taken.Tell(turn + a.y_stages, next);
      if (next < a.b) free = atomicAdd(a.taken, 1) + a.y_stages * step;
    }
    const auto refill = [&](int piece) {
      if (piece >= 0 && next < a.b) LoadPiece<LAYOUT>(a, in, memory, next, stage.at, piece);
    };
    for (int piece = 0; piece < a.pieces; ++piece) {
      if (LAYOUT == kBoxes)
        Wait(memory.y_done + (stage.at * a.pieces + piece) * 8, stage.phase);
      else if (piece == 0)
        Wait(memory.y_done + stage.at * 8, stage.phase);
      StorePiece<LAYOUT>(a, out, memory, sample, stage.at, piece);
      Drain<LAG>();
      refill(piece - LAG);
    }
    if constexpr (LAG == 2) {
      Drain<1>();
      refill(a.pieces - 2);
    }
    Drain<0>();
    refill(a.pieces - 1);
    if (!kTake<LAYOUT> && next + step < a.b) Ahead<LAYOUT>(a, next + step);
    stage.Next(a.y_stages);
  }
}

// Rows 16 i.. by rows 16 j.. of x: a block of 16 x 16 of the gram matrix, j >= i,
// and its mirror image. The order of d is free as long as both sides share it,
// so that a lane reads 16 bytes: eight numbers for two products.
template <int EIGHTS>
__device__ __forceinline__ void GramBlock(const Arguments& a, unsigned x, unsigned gram, int i, int j) {
  const int lane = threadIdx.x % 32, q = lane % 4, g = lane / 4, pitch = a.d * 2;
  const bool low_i = 2 * i + 1 < EIGHTS, low_j = 2 * j + 1 < EIGHTS;
  const unsigned at_i = x + (16 * i + g) * pitch + 16 * q, at_j = x + (16 * j + g) * pitch + 16 * q;
  float c[2][2][4] = {};
#pragma unroll 7
  for (int d = 0; d < pitch; d += 64) {
    const uint4 zero = make_uint4(0, 0, 0, 0);
    const uint4 top = Get128(at_i + d), low = low_i ? Get128(at_i + 8 * pitch + d) : zero;
    const uint4 left = Get128(at_j + d), right = low_j ? Get128(at_j + 8 * pitch + d) : zero;
    const unsigned first[4] = {top.x, low.x, top.y, low.y}, second[4] = {top.z, low.z, top.w, low.w};
    Multiply16(c[0][0], first, left.x, left.y);
    Multiply16(c[1][0], first, right.x, right.y);
    Multiply16(c[0][1], second, left.z, left.w);
    Multiply16(c[1][1], second, right.z, right.w);
  }
#pragma unroll
  for (int t = 0; t < 2; ++t)
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const int row = 16 * i + 8 * h + g, column = 16 * j + 8 * t + 2 * q;
      const unsigned pair = Pack(c[t][0][2 * h] + c[t][1][2 * h], c[t][0][2 * h + 1] + c[t][1][2 * h + 1]);
      Put32(gram + row * kGramPitch + column * 2, pair);
      if (i == j) continue;
      Put16(gram + column * kGramPitch + row * 2, pair);
      Put16(gram + (column + 1) * kGramPitch + row * 2, pair >> 16);
    }
}

// The gram matrix as left operands, in the registers of each warp.
template <int EIGHTS>
struct Left {
  static constexpr int kTiles = (EIGHTS + 1) / 2, kSteps = EIGHTS / 2;
  static constexpr bool kHalf = EIGHTS % 2 == 1;
  unsigned whole[kTiles][kSteps][4];
  unsigned half[kTiles][2];

  __device__ __forceinline__ explicit Left(unsigned gram) {
    const int lane = threadIdx.x % 32;
    const unsigned at = gram + lane % 16 * kGramPitch;
#pragma unroll
    for (int m = 0; m < kTiles; ++m) {
#pragma unroll
      for (int s = 0; s < kSteps; ++s) Matrices4(whole[m][s], at + 16 * m * kGramPitch + 32 * s + lane / 16 * 16);
      if constexpr (kHalf) Matrices2(half[m], at + 16 * m * kGramPitch + 32 * kSteps);
    }
  }
};

// 16 columns of y in boxes.
template <int EIGHTS>
__device__ __forceinline__ void Columns(const Arguments& a, const Left<EIGHTS>& left, unsigned y, int unit) {
  using L = Left<EIGHTS>;
  const int lane = threadIdx.x % 32;
  const unsigned box = y + unit / 4 * (EIGHTS * 8 * 128);
  const auto at = [&](int row, int chunk) { return box + row * 128 + ((chunk % 8) ^ (row % 8)) * 16; };
  float acc[2][L::kTiles][4] = {};
#pragma unroll
  for (int s = 0; s < L::kSteps; ++s) {
    unsigned right[4];
    Matrices4Turned(right, at(16 * s + lane % 16, 2 * unit + lane / 16));
#pragma unroll
    for (int m = 0; m < L::kTiles; ++m) {
      Multiply16(acc[0][m], left.whole[m][s], right[0], right[1]);
      Multiply16(acc[1][m], left.whole[m][s], right[2], right[3]);
    }
  }
  if constexpr (L::kHalf) {
    unsigned right[2];
    Matrices2Turned(right, at(16 * L::kSteps + lane % 8, 2 * unit + lane / 8 % 2));
#pragma unroll
    for (int m = 0; m < L::kTiles; ++m) {
      Multiply8(acc[0][m], left.half[m], right[0]);
      Multiply8(acc[1][m], left.half[m], right[1]);
    }
  }
  __syncwarp();  // All lanes have read what is now replaced.
#pragma unroll
  for (int m = 0; m < L::kTiles; ++m) {
    const float(&first)[4] = acc[0][m], (&second)[4] = acc[1][m];
    if (2 * m + 1 < EIGHTS)
      PutMatrices4(at(16 * m + lane % 16, 2 * unit + lane / 16), Pack(first[0], first[1]), Pack(first[2], first[3]),
                   Pack(second[0], second[1]), Pack(second[2], second[3]));
    else
      PutMatrices2(at(16 * m + lane % 8, 2 * unit + lane / 8 % 2), Pack(first[0], first[1]), Pack(second[0], second[1]));
  }
}

// UNITS x 16 columns of y where its rows are aligned to 4 bytes: lane group g
// takes columns 2 g and 2 g + 1; the first of each pair goes to one product, the
// second to another.
template <int EIGHTS, int UNITS>
__device__ __forceinline__ void ColumnPairs(const Arguments& a, const Left<EIGHTS>& left, unsigned y, int unit) {
  using L = Left<EIGHTS>;
  const int lane = threadIdx.x % 32, q = lane % 4, g = lane / 4, pitch = a.k * 2;
  unsigned words[UNITS][EIGHTS][2];
#pragma unroll
  for (int u = 0; u < UNITS; ++u) {
    const int k = (unit + u * kWarps) * 16 + 2 * g;
#pragma unroll
    for (int e = 0; e < EIGHTS; ++e)
#pragma unroll
      for (int i = 0; i < 2; ++i) words[u][e][i] = k < a.k ? Get32(y + (8 * e + 2 * q + i) * pitch + k * 2) : 0;
  }
  float acc[UNITS][2][L::kTiles][4] = {};
#pragma unroll
  for (int u = 0; u < UNITS; ++u)
#pragma unroll
    for (int p = 0; p < 2; ++p) {
      unsigned right[EIGHTS];
#pragma unroll
      for (int e = 0; e < EIGHTS; ++e) right[e] = __byte_perm(words[u][e][0], words[u][e][1], p == 1 ? 0x7632 : 0x5410);
#pragma unroll
      for (int m = 0; m < L::kTiles; ++m) {
#pragma unroll
        for (int s = 0; s < L::kSteps; ++s) Multiply16(acc[u][p][m], left.whole[m][s], right[2 * s], right[2 * s + 1]);
        if constexpr (L::kHalf) Multiply8(acc[u][p][m], left.half[m], right[EIGHTS - 1]);
      }
    }
  __syncwarp();  // All lanes have read what is now replaced.
  // Product 0 has columns 4 q and 4 q + 2, product 1 the ones between.
#pragma unroll
  for (int u = 0; u < UNITS; ++u) {
    const int k = (unit + u * kWarps) * 16 + 4 * q;
#pragma unroll
    for (int e = 0; e < EIGHTS; ++e) {
      const int m = e / 2, h = e % 2;
      const unsigned to = y + (8 * e + g) * pitch + k * 2;
      if (k < a.k) Put32(to, Pack(acc[u][0][m][2 * h], acc[u][1][m][2 * h]));
      if (k + 2 < a.k) Put32(to + 4, Pack(acc[u][0][m][2 * h + 1], acc[u][1][m][2 * h + 1]));
    }
  }
}

template <int EIGHTS, Layout LAYOUT>
__device__ __forceinline__ void Compute(const Arguments& a, const Memory& memory, const Taken& taken) {
  constexpr int kBlocks = (EIGHTS + 1) / 2, kPairs = kBlocks * (kBlocks + 1) / 2;
  static_assert(kPairs <= kWarps);
  const int warp = threadIdx.x / 32, units = (a.k + 15) / 16;
  int i = 0, j = warp;
  while (i + 1 < kBlocks && j >= kBlocks - i) j -= kBlocks - i, ++i;
  j += i;
  Stage stage, x_stage;
  for (int turn = 0; SampleOf<LAYOUT>(a, taken, turn) < a.b; ++turn) {
    if constexpr (kTake<LAYOUT>) __syncwarp();
    const unsigned gram = memory.gram + turn % 2 * (16 * kBlocks * kGramPitch);
    if (warp < kPairs) {
      Wait(memory.x_full + x_stage.at * 8, x_stage.phase);
      GramBlock<EIGHTS>(a, memory.x + x_stage.at * a.x_bytes, gram, i, j);
    }
    asm volatile("bar.sync 1, %0;" ::"n"(kWarps * 32) : "memory");
    if (threadIdx.x == 0) {
      const int next = SampleOf<LAYOUT>(a, taken, turn + a.x_stages);
      if (next < a.b) LoadX<LAYOUT>(a, memory, next, x_stage.at);
    }
    if constexpr (kTake<LAYOUT>) __syncwarp();
    const Left<EIGHTS> left(gram);
    const unsigned y = memory.y + stage.at * a.y_bytes;
    const auto done = [&](unsigned bar) {
      Publish();
      __syncwarp();
      if (threadIdx.x % 32 == 0) Arrive(bar);
    };
    if constexpr (LAYOUT == kBoxes) {
      for (int unit = warp; unit < units; unit += kWarps) {
        const int piece = 8 * (stage.at * a.pieces + unit / 4);
        Wait(memory.y_full + piece, stage.phase);
        Columns<EIGHTS>(a, left, y, unit);
        done(memory.y_done + piece);
      }
    } else {
      constexpr int kTogether = EIGHTS <= 3 ? 2 : 1;
      Wait(memory.y_full + stage.at * 8, stage.phase);
      for (int unit = warp; unit < units; unit += kWarps * kTogether) ColumnPairs<EIGHTS, kTogether>(a, left, y, unit);
      done(memory.y_done + stage.at * 8);
    }
    stage.Next(a.y_stages);
    x_stage.Next(a.x_stages);
  }
}

// EIGHTS = rows of a sample / 8.
template <int EIGHTS, Layout LAYOUT>
__global__ void __launch_bounds__(kThreads, 1)
    Samples(Arguments a, const __grid_constant__ CUtensorMap in, const __grid_constant__ CUtensorMap out) {
  extern __shared__ __align__(1024) unsigned char bytes[];
  Taken& taken = *reinterpret_cast<Taken*>(bytes + kTakenAt);
  const Memory memory(Shared(bytes), a);
  const bool mover = threadIdx.x == kWarps * 32;
  if (mover) {
    constexpr bool kOwn = LAYOUT == kBoxes;  // A piece has barriers of its own, and four units.
    for (int i = 0; i < a.y_stages * (kOwn ? a.pieces : 1); ++i) {
      InitBarrier(memory.y_full + 8 * i, 1);
      InitBarrier(memory.y_done + 8 * i, kOwn ? 4 : kWarps);
    }
    for (int s = 0; s < a.x_stages; ++s) InitBarrier(memory.x_full + 8 * s, 1);
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    Publish();
    int sample = blockIdx.x;
    for (int t = 0; t < max(a.x_stages, a.y_stages) && sample < a.b; ++t, sample += gridDim.x) {
      if (t < a.x_stages) LoadX<LAYOUT>(a, memory, sample, t);
      for (int p = 0; t < a.y_stages && p < a.pieces; ++p) LoadPiece<LAYOUT>(a, &in, memory, sample, t, p);
    }
    if constexpr (kTake<LAYOUT>) {
      for (int t = 0; t < a.y_stages; ++t) taken.samples[t] = min(static_cast<int>(blockIdx.x + t * gridDim.x), a.b);
      taken.known = a.y_stages;
    } else {
      sample = blockIdx.x + a.y_stages * gridDim.x;
      if (sample < a.b) Ahead<LAYOUT>(a, sample);
    }
    if constexpr (LAYOUT == kBoxes) asm volatile("prefetch.tensormap [%0];" ::"l"(&out) : "memory");
  }
  __syncthreads();
  if (mover) Move<LAYOUT>(a, &in, &out, memory, taken);
  if (threadIdx.x < kWarps * 32) Compute<EIGHTS, LAYOUT>(a, memory, taken);
}

// Any shape: the gram matrix in shared memory, a thread per column.
constexpr int kMostRows = 48, kColumns = 128;

__global__ void __launch_bounds__(kColumns) AnyShape(Arguments a) {
  __shared__ float gram[kMostRows][kMostRows];
  const int64_t sample = blockIdx.x;
  const Real* x = a.x + sample * a.n * a.d;
  for (int t = threadIdx.x; t < a.n * a.n; t += kColumns) {
    const int i = t / a.n, j = t % a.n;
    float sum = 0;
    for (int d = 0; d < a.d; ++d) sum += __bfloat162float(x[i * a.d + d]) * __bfloat162float(x[j * a.d + d]);
    gram[i][j] = sum;
  }
  __syncthreads();
  const int k = blockIdx.y * kColumns + threadIdx.x;
  if (k >= a.k) return;
  const Real* y = a.y + sample * a.n * a.k + k;
  Real* out = a.out + sample * a.n * a.k + k;
  for (int i = 0; i < a.n; ++i) {
    float sum = 0;
    for (int j = 0; j < a.n; ++j) sum += gram[i][j] * __bfloat162float(y[j * a.k]);
    out[i * a.k] = __float2bfloat16_rn(sum);
  }
}

using Encode = CUresult (*)(CUtensorMap*, CUtensorMapDataType, cuuint32_t, void*, const cuuint64_t*, const cuuint64_t*,
                            const cuuint32_t*, const cuuint32_t*, CUtensorMapInterleave, CUtensorMapSwizzle,
                            CUtensorMapL2promotion, CUtensorMapFloatOOBfill);

// [sample][row][column], in boxes of all rows by 64 columns.
bool MakeMap(CUtensorMap* map, const Arguments& a, const Real* base) {
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult found;
  if (cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &entry, 12000, cudaEnableDefault, &found) != cudaSuccess ||
      entry == nullptr)
    return false;
  const cuuint64_t extent[3] = {static_cast<cuuint64_t>(a.k), static_cast<cuuint64_t>(a.n), static_cast<cuuint64_t>(a.b)};
  const cuuint64_t stride[2] = {extent[0] * 2, extent[0] * extent[1] * 2};
  const cuuint32_t box[3] = {64, static_cast<cuuint32_t>(a.n), 1}, one[3] = {1, 1, 1};
  return reinterpret_cast<Encode>(entry)(map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 3, const_cast<Real*>(base), extent, stride, box,
                                         one, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
                                         CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

// As many samples as fit, two of x where that leaves room for two of y.
int PlanMemory(Arguments& a) {
  const int gram = 2 * ((a.n + 15) / 16 * 16) * kGramPitch, room = kSharedLimit - kHeader - gram;
  const int most = std::min(kMostStages, kMostBarriers / a.pieces);
  a.x_bytes = a.n * a.d * 2;
  for (a.x_stages = 2; a.x_stages > 0; --a.x_stages) {
    a.y_stages = std::min(most, (room - a.x_stages * a.x_bytes) / a.y_bytes);
    if (a.y_stages >= 2) return kSharedLimit - room + a.y_stages * a.y_bytes + a.x_stages * a.x_bytes;
  }
  return 0;
}

template <int EIGHTS, Layout LAYOUT>
int Launch(const Arguments& a, int bytes, const CUtensorMap& in, const CUtensorMap& out, cudaStream_t stream) {
  const auto kernel = Samples<EIGHTS, LAYOUT>;
  const cudaError_t error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  if (error != cudaSuccess) return static_cast<int>(error);
  if constexpr (kTake<LAYOUT>) {
    const cudaError_t cleared = cudaMemsetAsync(a.taken, 0, sizeof(unsigned), stream);
    if (cleared != cudaSuccess) return static_cast<int>(cleared);
  }
  kernel<<<std::min(a.b, LAYOUT == kBoxes ? BOX_GRID : WHOLE_GRID), kThreads, bytes, stream>>>(a, in, out);
  return static_cast<int>(cudaGetLastError());
}

template <int EIGHTS>
bool Pipeline(Arguments a, cudaStream_t stream, int* result) {
  CUtensorMap in{}, out{};
  const bool boxes = a.k % 64 == 0 && MakeMap(&in, a, a.y) && MakeMap(&out, a, a.out);
  a.pieces = boxes ? a.k / 64 : a.n / 4;
  a.y_bytes = a.n * a.k * 2;
  const int bytes = PlanMemory(a);
  if (bytes == 0) return false;
  *result = boxes ? Launch<EIGHTS, kBoxes>(a, bytes, in, out, stream) : Launch<EIGHTS, kWhole>(a, bytes, in, out, stream);
  return true;
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call*) { return TAKE == 1 ? 16 : 0; }

extern "C" int ke_run(const ke_call* call) {
  Arguments a{};
  const ke_tensor &x = call->inputs[0], &y = call->inputs[1];
  a.x = static_cast<const Real*>(x.data);
  a.y = static_cast<const Real*>(y.data);
  a.out = static_cast<Real*>(call->outputs[0].data);
  a.taken = static_cast<unsigned*>(call->workspace);
  a.b = static_cast<int>(x.shape[0]);
  a.n = static_cast<int>(x.shape[1]);
  a.d = static_cast<int>(x.shape[2]);
  a.k = static_cast<int>(y.shape[2]);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  int result = 0;
  if (a.d % 32 == 0 && a.k % 2 == 0) {
    if (a.n == 24 && Pipeline<3>(a, stream, &result)) return result;
    if (a.n == 40 && Pipeline<5>(a, stream, &result)) return result;
    if (a.n == 48 && Pipeline<6>(a, stream, &result)) return result;
  }
  if (a.n > kMostRows) return 1;
  const dim3 grid(a.b, (a.k + kColumns - 1) / kColumns);
  AnyShape<<<grid, kColumns, 0, stream>>>(a);
  return static_cast<int>(cudaGetLastError());
}
