// Flash attention with wgmma: a persistent block takes 128 queries at a time (192
// for narrow heads, if so told), a warpgroup each 64, and the copy engine brings 128 keys and values per step.
// A group starts the next step's scores and this step's product with the values,
// and does the exponentials of those scores while the latter runs; the groups
// take turns in starting, so that one's exponentials meet the other's products.
// Earlier sums are rescaled only when a row's largest score has grown by more
// than a factor of 256. With 64 columns the instructions around the products are
// the bound: some exponentials are polynomials, to spare the special function
// unit, and the row sums come from the product, by a column of ones beside v.
// With 64 columns a block takes an equal share of a head's queries, in turns of
// three warpgroups and a last one or two of fewer, so that no multiprocessor has
// more to do than another: 2,048 queries of 64 heads are 16 x 64 for 128 blocks.
// With LAZY nobody looks for the largest score of a step first: all exponentials
// are kept below 2^-7 of the largest seen, so that one that has grown by 2^8
// shows in a single bit of the results; only then a warp computes its
// scores again, by itself, and takes the long way.
// With TAIL 3 the keys of a last unit are shared by the three warpgroups, whose
// sums are then added.
// ke:tune TAIL = 3 in {0, 1, 2, 3}
// ke:tune POLY = 0 in {0, 1, 2}
// ke:tune TURNS = 1 in {0, 1, 2}
// ke:tune LAZY = 2 in {0, 1, 2}
// ke:tune ONES = 1 in {0, 1}
// ke:tune GROUPS = 3 in {2, 3}
#include <cstdint>

#include <cuda.h>
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

namespace {

constexpr int kTile = 128, kBlocks = 132;

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
__device__ __forceinline__ void Tensor3(unsigned to, const CUtensorMap* map, int x, int y, int z, unsigned bar) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5}], [%2];" ::"r"(to),
      "l"(map), "r"(bar), "r"(x), "r"(y), "r"(z) : "memory");
}
// Swizzle of 128 bytes, eight rows are 1,024. The low half moves with the
// address: a sixteenth of the bytes may be added to it.
__device__ __forceinline__ unsigned Low(unsigned address, unsigned leading) { return address >> 4 | leading >> 4 << 16; }
__device__ __forceinline__ uint64_t Descriptor(unsigned low) {
  return static_cast<uint64_t>(1024 >> 4 | 1u << 30) << 32 | low;
}
__device__ __forceinline__ void Fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ __forceinline__ void Commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
// The registers may be read when no more than LEFT groups are under way.
template <int LEFT, int COUNT>
__device__ __forceinline__ void WaitGroups(float (&d)[COUNT]) {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(LEFT) : "memory");
#pragma unroll
  for (int i = 0; i < COUNT; ++i) asm volatile("" : "+f"(d[i])::"memory");
}
__device__ __forceinline__ void BarSync(int id) { asm volatile("bar.sync %0, 256;" ::"r"(id) : "memory"); }
__device__ __forceinline__ void BarArrive(int id) { asm volatile("bar.arrive %0, 256;" ::"r"(id) : "memory"); }

__device__ __forceinline__ void ScoresZero(float (&d)[64], uint64_t a, uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, "
      "%42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, "
      "%62, %63"
      "}, %64, %65, 0, 1, 1, 0, 0;"
      : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3]), "=f"(d[4]), "=f"(d[5]), "=f"(d[6]), "=f"(d[7]), 
        "=f"(d[8]), "=f"(d[9]), "=f"(d[10]), "=f"(d[11]), "=f"(d[12]), "=f"(d[13]), "=f"(d[14]), 
        "=f"(d[15]), "=f"(d[16]), "=f"(d[17]), "=f"(d[18]), "=f"(d[19]), "=f"(d[20]), "=f"(d[21]), 
        "=f"(d[22]), "=f"(d[23]), "=f"(d[24]), "=f"(d[25]), "=f"(d[26]), "=f"(d[27]), "=f"(d[28]), 
        "=f"(d[29]), "=f"(d[30]), "=f"(d[31]), "=f"(d[32]), "=f"(d[33]), "=f"(d[34]), "=f"(d[35]), 
        "=f"(d[36]), "=f"(d[37]), "=f"(d[38]), "=f"(d[39]), "=f"(d[40]), "=f"(d[41]), "=f"(d[42]), 
        "=f"(d[43]), "=f"(d[44]), "=f"(d[45]), "=f"(d[46]), "=f"(d[47]), "=f"(d[48]), "=f"(d[49]), 
        "=f"(d[50]), "=f"(d[51]), "=f"(d[52]), "=f"(d[53]), "=f"(d[54]), "=f"(d[55]), "=f"(d[56]), 
        "=f"(d[57]), "=f"(d[58]), "=f"(d[59]), "=f"(d[60]), "=f"(d[61]), "=f"(d[62]), "=f"(d[63])
      : "l"(a), "l"(b));
}
__device__ __forceinline__ void Scores(float (&d)[64], uint64_t a, uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, "
      "%42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, "
      "%62, %63"
      "}, %64, %65, 1, 1, 1, 0, 0;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), 
        "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), 
        "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), 
        "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), 
        "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), 
        "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), 
        "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]), "+f"(d[48]), "+f"(d[49]), 
        "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]), "+f"(d[56]), 
        "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63])
      : "l"(a), "l"(b));
}
__device__ __forceinline__ void Values(float (&d)[32], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
      "}, {%32, %33, %34, %35}, %36, 1, 1, 1, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), 
        "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), 
        "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), 
        "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), 
        "+f"(d[29]), "+f"(d[30]), "+f"(d[31])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
__device__ __forceinline__ void Values(float (&d)[36], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n72k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35"
      "}, {%36, %37, %38, %39}, %40, 1, 1, 1, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), 
        "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), 
        "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), 
        "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), 
        "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
__device__ __forceinline__ void Values(float (&d)[64], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, "
      "%42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, "
      "%62, %63"
      "}, {%64, %65, %66, %67}, %68, 1, 1, 1, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), 
        "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), 
        "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), 
        "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), 
        "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), 
        "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), 
        "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]), "+f"(d[48]), "+f"(d[49]), 
        "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]), "+f"(d[56]), 
        "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}

__device__ __forceinline__ float Exp2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
// For x up to 0, within 1e-4: far below what bf16 keeps.
template <bool ANY>  // Any x, and what is no number or beyond becomes large.
__device__ __forceinline__ float PolynomialExp2(float x) {
  if constexpr (ANY) x = fminf(x, 125.0f);
  x = fmaxf(x, -125.0f);
  const float shifted = x + 12582912.0f;  // The nearest integer is in the low bits.
  const float f = x - (shifted - 12582912.0f);
  float p = fmaf(0.055171669f, f, 0.24261112f);
  p = fmaf(p, f, 0.69326099f);
  p = fmaf(p, f, 0.99992807f);
  return __int_as_float(__float_as_int(p) + (__float_as_int(shifted) << 23));
}
// NaN wins.
__device__ __forceinline__ float Max(float a, float b) {
  float y;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(y) : "f"(a), "f"(b));
  return y;
}
__device__ __forceinline__ unsigned Pack(float low, float high) {
  const __nv_bfloat162 v = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<const unsigned*>(&v);
}

// A thread's two rows: the subtrahend of the exponents and its part of the sum.
struct Rows {
  float top[2], less[2], sum[2];
};

// What exponents are less than the largest seen, and the bit that no smaller number has than 2.
constexpr float kBelow = 7;
constexpr unsigned kLarge = 0x40004000u;

// True where a row of the warp has a score that outgrows its subtrahend; then
// `shrink` is what all sums so far have to be multiplied with.
template <bool BELOW>
__device__ __forceinline__ bool Outgrown(const float (&s)[kTile / 2], Rows& rows, float scale, float (&shrink)[2]) {
  float top[2];
  bool grows = false;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float part[4] = {s[2 * r], s[2 * r + 1], s[4 + 2 * r], s[5 + 2 * r]};
#pragma unroll
    for (int j = 2; j < kTile / 8; ++j)
#pragma unroll
      for (int e = 0; e < 2; ++e) part[j % 2 * 2 + e] = Max(part[j % 2 * 2 + e], s[4 * j + 2 * r + e]);
    top[r] = Max(Max(part[0], part[1]), Max(part[2], part[3]));
    top[r] = Max(top[r], __shfl_xor_sync(~0u, top[r], 1));
    top[r] = Max(top[r], __shfl_xor_sync(~0u, top[r], 2));
    grows |= !(top[r] * scale <= fmaf(rows.top[r], scale, 8.0f));  // NaN, too
  }
  if (!__any_sync(~0u, grows)) return false;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    top[r] = Max(rows.top[r], top[r]);
    // Nothing but -inf so far subtracts zero, and +inf makes the row NaN.
    const float infinity = __int_as_float(0x7f800000);
    rows.less[r] = top[r] == -infinity ? 0.0f : top[r] == infinity ? __int_as_float(0x7fffffff) : top[r] * scale;
    shrink[r] = Exp2(fmaf(rows.top[r], scale, -rows.less[r]));
    if constexpr (BELOW) rows.less[r] += kBelow;
    rows.top[r] = top[r];
    rows.sum[r] *= shrink[r];
  }
  return true;
}

// The scores of a warp once more: 16 queries in shared memory, 128 keys in memory.
template <int D>
__device__ __forceinline__ void ScoresOfWarp(float (&s)[kTile / 2], unsigned query, const __nv_bfloat16* key) {
  const unsigned lane = threadIdx.x % 32, turned = lane / 4 << 4, at = lane / 4 * 128 + lane % 4 * 4;
#pragma unroll
  for (int i = 0; i < kTile / 2; ++i) s[i] = 0;
  const __nv_bfloat16* from = key + lane / 4 * D + lane % 4 * 2;
#pragma unroll 1
  for (int i = 0; i < D / 16; ++i) {
    unsigned a[4];
#pragma unroll
    for (int e = 0; e < 4; ++e)
      asm volatile("ld.shared.b32 %0, [%1];"
                   : "=r"(a[e])
                   : "r"(query + i / 4 * 8192 + at + e % 2 * 1024 + ((i % 4 * 32u + e / 2 * 16u) ^ turned))
                   : "memory");
#pragma unroll
    for (int j = 0; j < kTile / 8; ++j) {
      const unsigned b0 = *reinterpret_cast<const unsigned*>(from + j * 8 * D + i * 16);
      const unsigned b1 = *reinterpret_cast<const unsigned*>(from + j * 8 * D + i * 16 + 8);
      asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                   : "+f"(s[4 * j]), "+f"(s[4 * j + 1]), "+f"(s[4 * j + 2]), "+f"(s[4 * j + 3])
                   : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
    }
  }
}

template <int POLYNOMIALS, bool SUMS, bool ANY>
__device__ __forceinline__ void Exponentials(float (&s)[kTile / 2], Rows& rows, float scale) {
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float sum[4] = {rows.sum[r], 0, 0, 0};
#pragma unroll
    for (int j = 0; j < kTile / 8; ++j)
#pragma unroll
      for (int e = 0; e < 2; ++e) {
        float& v = s[4 * j + 2 * r + e];
        const float x = fmaf(v, scale, -rows.less[r]);
        v = j % 4 < POLYNOMIALS && e == 0 ? PolynomialExp2<ANY>(x) : Exp2(x);
        if constexpr (SUMS) sum[j % 2 * 2 + e] += v;
      }
    if constexpr (SUMS) rows.sum[r] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }
}

// What a block does: turns of all warpgroups, then `last` turns of `width`; or, if
// share is 0, every gridDim-th tile.
struct Plan {
  int share, whole, last, width;  // of 64 queries
  bool split;                     // the last turn by keys
};

template <int D, int G>
struct Layout {
  static constexpr int kBoxes = D / 64, kBox = kTile * 128, kBytesTile = kBoxes * kBox;
  static constexpr int kStages = D == 64 ? 4 : 2;
  static constexpr bool kOnes = ONES && D == 64;  // eight columns of them
  static constexpr bool kLazy = LAZY == 2 || (LAZY == 1 && kOnes);
  static constexpr int kWidth = kOnes ? D + 8 : D;
  static constexpr int kQuery = kBoxes * 8192, kQueries = G * kQuery;  // of a warpgroup, of all
  static constexpr bool kSplit = TAIL == 3 && kOnes && G == 3;
  static constexpr int kKept = kWidth / 2 + 2;  // what a thread hands over
  static constexpr int kMerge = kSplit ? (G - 1) * kKept * 512 : 0;
  static constexpr int kBytes = 2 * kQueries + 2 * kStages * kBytesTile + (kOnes ? 2048 : 0) + kMerge + 1024;
};

template <int D, int G>
__global__ void __launch_bounds__(G * 128 + 128, 1)
    Attend(const __grid_constant__ CUtensorMap map_q, const __grid_constant__ CUtensorMap map_k,
           const __grid_constant__ CUtensorMap map_v, const __nv_bfloat16* __restrict__ keys,
           __nv_bfloat16* __restrict__ out, int heads, int length, float scale, Plan plan) {
  using L = Layout<D, G>;
  constexpr int kStages = L::kStages;
  extern __shared__ __align__(128) unsigned char memory[];
  __shared__ __align__(8) uint64_t barriers[4 + 4 * kStages];
  const unsigned q_at = (Shared(memory) + 1023) & ~1023u, k_at = q_at + 2 * L::kQueries, v_at = k_at + kStages * L::kBytesTile;
  const unsigned ones = v_at + kStages * L::kBytesTile;
  const unsigned q_full = Shared(barriers), q_empty = q_full + 16, k_full = q_empty + 16, k_empty = k_full + kStages * 8,
                 v_full = k_empty + kStages * 8, v_empty = v_full + kStages * 8;
  const int group = __shfl_sync(~0u, static_cast<int>(threadIdx.x) / 128, 0);
  const int steps = length / kTile, rows_of_tiles = (length + G * 64 - 1) / (G * 64), tiles = heads * rows_of_tiles;
  const int units = length / 64;  // of a head
  const int turns = plan.share > 0 ? plan.whole + plan.last : (tiles - static_cast<int>(blockIdx.x) + static_cast<int>(gridDim.x) - 1) / static_cast<int>(gridDim.x);
  const auto place = [&](int turn, int& head, int& row, int& width) {
    if (plan.share > 0) {
      const bool ends = turn >= plan.whole;
      const int first = static_cast<int>(blockIdx.x) * plan.share;
      head = first / units;
      row = (first % units + (ends ? plan.whole * G + (turn - plan.whole) * plan.width : turn * G)) * 64;
      width = ends && !plan.split ? plan.width : G;
    } else {
      const int tile = static_cast<int>(blockIdx.x) + turn * static_cast<int>(gridDim.x);
      head = tile / rows_of_tiles;
      row = tile % rows_of_tiles * G * 64;
      width = G;
    }
  };
  if (threadIdx.x == 0) {
    for (int i = 0; i < 2; ++i) {
      InitBarrier(q_full + i * 8, 1);
      InitBarrier(q_empty + i * 8, G);
    }
    for (int i = 0; i < kStages; ++i) {
      InitBarrier(k_full + i * 8, 1);
      InitBarrier(k_empty + i * 8, G);
      InitBarrier(v_full + i * 8, 1);
      InitBarrier(v_empty + i * 8, G);
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  if (L::kOnes)
    for (int i = threadIdx.x; i < 512; i += G * 128 + 128)
      asm volatile("st.shared.b32 [%0], %1;" ::"r"(ones + i * 4), "r"(0x3f803f80) : "memory");
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  __syncthreads();
  if (group == G) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(G == 3 ? 24 : 40));
    if (threadIdx.x == G * 128) {
      const auto bring = [&](unsigned to, const CUtensorMap* map, int row, int head, unsigned bar) {
        Expect(bar, L::kBytesTile);
#pragma unroll
        for (int i = 0; i < L::kBoxes; ++i) Tensor3(to + i * L::kBox, map, i * 64, row, head, bar);
      };
      int stage = 0;
      unsigned phase = 1;
      for (int turn = 0; turn < turns; ++turn) {
        int head, row, width;
        place(turn, head, row, width);
        Wait(q_empty + turn % 2 * 8, turn / 2 % 2 ^ 1);
        Expect(q_full + turn % 2 * 8, L::kQueries);
        for (int i = 0; i < G * L::kBoxes; ++i)  // Behind the last query: zeros.
          Tensor3(q_at + turn % 2 * L::kQueries + i * 8192, &map_q, i % L::kBoxes * 64,
                  row + i / L::kBoxes * 64, head, q_full + turn % 2 * 8);
        for (int j = 0; j < steps; ++j) {
          Wait(k_empty + stage * 8, phase);
          bring(k_at + stage * L::kBytesTile, &map_k, j * kTile, head, k_full + stage * 8);
          Wait(v_empty + stage * 8, phase);
          bring(v_at + stage * L::kBytesTile, &map_v, j * kTile, head, v_full + stage * 8);
          if (++stage == kStages) stage = 0, phase ^= 1;
        }
      }
    }
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(G == 3 ? 160 : 232));
    const int thread = threadIdx.x % 128, lane = thread % 32, q = lane % 4;
    const int next = group + 1 == G ? 1 : group + 2;  // whose turn comes after
    if (TURNS && next == 1) BarArrive(1);
    int stage = 0;
    unsigned phase = 0;
    for (int turn = 0; turn < turns; ++turn) {
      int head, first_row, width;
      place(turn, head, first_row, width);
      if (group >= width) {  // Nothing to do but to let the others pass.
        for (int j = 0; j < steps; ++j) {
          Wait(k_full + stage * 8, phase);
          if (TURNS) BarSync(1 + group);
          if (TURNS) BarArrive(next);
          if (thread == 0) Arrive(k_empty + stage * 8);
          Wait(v_full + stage * 8, phase);
          if (thread == 0) Arrive(v_empty + stage * 8);
          if (++stage == kStages) stage = 0, phase ^= 1;
        }
        if (thread == 0) Arrive(q_empty + turn % 2 * 8);
        continue;
      }
      const bool split = L::kSplit && plan.split && turn + 1 == turns;
      const unsigned query = Low(q_at + turn % 2 * L::kQueries + (split ? 0 : group * L::kQuery), 16);
      float s[kTile / 2], acc[L::kWidth / 2], shrink[2];
      unsigned left[kTile / 16][4];
      const float nothing = __int_as_float(0xff800000);
      Rows rows{{nothing, nothing}, {0, 0}, {0, 0}};
      const auto scores = [&](int from) {
        const unsigned key = Low(k_at + from * L::kBytesTile, 16);
        Fence();
        ScoresZero(s, Descriptor(query), Descriptor(key));
#pragma unroll
        for (int i = 1; i < D / 16; ++i) {
          const unsigned step = i % 4 * 2;
          Scores(s, Descriptor(query + i / 4 * 512 + step), Descriptor(key + i / 4 * (L::kBox >> 4) + step));
        }
        Commit();
      };
      const auto values = [&](int from) {
        const unsigned value = v_at + from * L::kBytesTile;
        // With ones the second unit of columns is at their place, at every step.
        const unsigned low = Low(value, L::kOnes ? ones - value : L::kBox), step = L::kOnes ? 128 - (128u << 16) : 128;
        Fence();
#pragma unroll
        for (int i = 0; i < kTile / 16; ++i) Values(acc, left[i], Descriptor(low + i * step));
        Commit();
      };
      const auto pack = [&] {
#pragma unroll
        for (int i = 0; i < kTile / 16; ++i)
#pragma unroll
          for (int e = 0; e < 4; ++e) left[i][e] = Pack(s[8 * i + 2 * e], s[8 * i + 2 * e + 1]);
      };
      Wait(q_full + turn % 2 * 8, turn / 2 % 2);
#pragma unroll
      for (int i = 0; i < L::kWidth / 2; ++i) acc[i] = 0;
      if (split) {
        for (int j = 0; j < steps; ++j) {
          Wait(k_full + stage * 8, phase);
          if (j % G != group) {
            if (thread == 0) Arrive(k_empty + stage * 8);
            Wait(v_full + stage * 8, phase);
          } else {
            scores(stage);
            WaitGroups<0>(s);
            if (thread == 0) Arrive(k_empty + stage * 8);
            const bool outgrown = Outgrown<L::kLazy>(s, rows, scale, shrink);
            Exponentials<D == 64 ? POLY : 0, !L::kOnes, false>(s, rows, scale);
            if (outgrown) {
#pragma unroll
              for (int i = 0; i < L::kWidth / 2; ++i) acc[i] *= shrink[i / 2 % 2];
            }
            pack();
            Wait(v_full + stage * 8, phase);
            values(stage);
            WaitGroups<0>(acc);
          }
          if (thread == 0) Arrive(v_empty + stage * 8);
          if (++stage == kStages) stage = 0, phase ^= 1;
        }
        // The sums of group 0 are put on a common subtrahend with the others'.
        float* kept = reinterpret_cast<float*>(memory + (ones + 2048 - Shared(memory))) + thread;
        if (group > 0) {
          float* mine = kept + (group - 1) * L::kKept * 128;
#pragma unroll
          for (int i = 0; i < L::kWidth / 2; ++i) mine[i * 128] = acc[i];
#pragma unroll
          for (int r = 0; r < 2; ++r) mine[(L::kWidth / 2 + r) * 128] = rows.top[r] == nothing ? nothing : rows.less[r];
        }
        asm volatile("bar.sync 5, %0;" ::"n"(G * 128) : "memory");
        if (group > 0) continue;
        float less[G][2], factor[G][2];
#pragma unroll
        for (int r = 0; r < 2; ++r) {
          float most = nothing;
#pragma unroll
          for (int i = 0; i < G; ++i) {
            const float* other = kept + (i - 1) * L::kKept * 128;
            // A group all of whose scores are -inf counts for nothing.
            less[i][r] = i > 0 ? other[(L::kWidth / 2 + r) * 128] : rows.top[r] == nothing ? nothing : rows.less[r];
            most = Max(most, less[i][r]);
          }
#pragma unroll
          for (int i = 0; i < G; ++i) factor[i][r] = Exp2(less[i][r] - most);
        }
#pragma unroll
        for (int i = 0; i < L::kWidth / 2; ++i) {
          const int r = i / 2 % 2;
          float v = acc[i] * factor[0][r];
#pragma unroll
          for (int o = 1; o < G; ++o) v = fmaf(kept[((o - 1) * L::kKept + i) * 128], factor[o][r], v);
          acc[i] = v;
        }
      } else {
      Wait(k_full + stage * 8, phase);
      if (TURNS) BarSync(1 + group);
      scores(stage);
      if (TURNS) BarArrive(next);
      WaitGroups<0>(s);
      if (thread == 0) Arrive(k_empty + stage * 8);
      Outgrown<L::kLazy>(s, rows, scale, shrink);
      Exponentials<D == 64 ? POLY : 0, !L::kOnes, false>(s, rows, scale);
      pack();
      for (int j = 1; j < steps; ++j) {
        const int now = stage;
        const unsigned now_phase = phase;
        if (++stage == kStages) stage = 0, phase ^= 1;
        Wait(k_full + stage * 8, phase);
        if (TURNS) BarSync(1 + group);
        scores(stage);
        if (TURNS == 2) BarArrive(next);
        Wait(v_full + now * 8, now_phase);
        values(now);
        if (TURNS == 1) BarArrive(next);
        WaitGroups<1>(s);
        if constexpr (L::kLazy) {
          if (thread == 0) Arrive(k_empty + stage * 8);
          const unsigned none = length < 0;  // 0, but what is packed stays apart from what the product reads
          const float before[2] = {rows.sum[0], rows.sum[1]};
          Exponentials<D == 64 ? POLY : 0, !L::kOnes, true>(s, rows, scale);
          // Rows without a number so far go the long way, too. The question stands before the
          // wait, so that the exponentials do.
          unsigned large = rows.top[0] == nothing || rows.top[1] == nothing ? kLarge : 0;
          unsigned packed[kTile / 4];
#pragma unroll
          for (int i = 0; i < kTile / 4; ++i) packed[i] = Pack(s[2 * i], s[2 * i + 1]), large |= packed[i];
          if (__any_sync(~0u, large & kLarge)) {
            WaitGroups<0>(acc);
            ScoresOfWarp<D>(s, q_at + turn % 2 * L::kQueries + group * L::kQuery + thread / 32 * 2048,
                            keys + (static_cast<int64_t>(head) * length + j * kTile) * D);
            rows.sum[0] = before[0], rows.sum[1] = before[1];
            if (Outgrown<true>(s, rows, scale, shrink)) {
#pragma unroll
              for (int i = 0; i < L::kWidth / 2; ++i) acc[i] *= shrink[i / 2 % 2];
            }
            Exponentials<0, !L::kOnes, false>(s, rows, scale);
#pragma unroll
            for (int i = 0; i < kTile / 4; ++i) packed[i] = Pack(s[2 * i], s[2 * i + 1]);
          }
          WaitGroups<0>(acc);
          if (thread == 0) Arrive(v_empty + now * 8);
#pragma unroll
          for (int i = 0; i < kTile / 4; ++i) left[i / 4][i % 4] = packed[i] | none;
          continue;
        }
        if (thread == 0) Arrive(k_empty + stage * 8);
        const bool outgrown = Outgrown<L::kLazy>(s, rows, scale, shrink);
        Exponentials<D == 64 ? POLY : 0, !L::kOnes, false>(s, rows, scale);
        WaitGroups<0>(acc);
        if (thread == 0) Arrive(v_empty + now * 8);
        if (outgrown) {
#pragma unroll
          for (int i = 0; i < L::kWidth / 2; ++i) acc[i] *= shrink[i / 2 % 2];
        }
        pack();
      }
      if (thread == 0) Arrive(q_empty + turn % 2 * 8);
      Wait(v_full + stage * 8, phase);
      values(stage);
      WaitGroups<0>(acc);
      if (thread == 0) Arrive(v_empty + stage * 8);
      if (++stage == kStages) stage = 0, phase ^= 1;
      }
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        float sum = rows.sum[r];
        if constexpr (L::kOnes) {
          sum = acc[D / 2 + 2 * r];
        } else {
          sum += __shfl_xor_sync(~0u, sum, 1);
          sum += __shfl_xor_sync(~0u, sum, 2);
        }
        const float share = 1.0f / sum;
        const int row = first_row + group * 64 + thread / 32 * 16 + lane / 4 + r * 8;
        __nv_bfloat16* to = out + (static_cast<int64_t>(head) * length + row) * D;
#pragma unroll
        for (int j = 0; j < D / 8; j += 4) {
          unsigned v[4];
#pragma unroll
          for (int i = 0; i < 4; ++i) v[i] = Pack(acc[(j + i) * 4 + r * 2] * share, acc[(j + i) * 4 + r * 2 + 1] * share);
          // A quad's 4 x 4 words change places: a lane gets 16 bytes of a row.
          const bool odd = q & 1, high = q & 2;
          unsigned s0 = __shfl_xor_sync(~0u, odd ? v[0] : v[1], 1), s1 = __shfl_xor_sync(~0u, odd ? v[2] : v[3], 1);
          if (odd) v[0] = s0, v[2] = s1; else v[1] = s0, v[3] = s1;
          s0 = __shfl_xor_sync(~0u, high ? v[0] : v[2], 2), s1 = __shfl_xor_sync(~0u, high ? v[1] : v[3], 2);
          if (high) v[0] = s0, v[1] = s1; else v[2] = s0, v[3] = s1;
          if (row < length) *reinterpret_cast<uint4*>(to + (j + q) * 8) = make_uint4(v[0], v[1], v[2], v[3]);
        }
      }
    }
  }
}

// Any shape: a block per query, scores in shared memory.
__global__ void __launch_bounds__(128) Plain(const __nv_bfloat16* q, const __nv_bfloat16* k, const __nv_bfloat16* v,
                                             __nv_bfloat16* out, int length, int columns, float scale) {
  extern __shared__ float score[];
  __shared__ float parts[4];
  const int64_t row = blockIdx.x, first = row / length * length;
  const auto all = [&](float mine, auto join) {
#pragma unroll
    for (int i = 16; i > 0; i /= 2) mine = join(mine, __shfl_xor_sync(~0u, mine, i));
    __syncthreads();
    if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = mine;
    __syncthreads();
    return join(join(parts[0], parts[1]), join(parts[2], parts[3]));
  };
  float top = __int_as_float(0xff800000);
  for (int j = threadIdx.x; j < length; j += 128) {
    float dot = 0;
    for (int p = 0; p < columns; ++p)
      dot = fmaf(__bfloat162float(q[row * columns + p]), __bfloat162float(k[(first + j) * columns + p]), dot);
    score[j] = dot * scale;
    top = Max(top, score[j]);
  }
  top = all(top, [](float a, float b) { return Max(a, b); });
  float sum = 0;
  for (int j = threadIdx.x; j < length; j += 128) {
    score[j] = exp2f(score[j] - top);
    sum += score[j];
  }
  sum = all(sum, [](float a, float b) { return a + b; });
  for (int p = threadIdx.x; p < columns; p += 128) {
    float value = 0;
    for (int j = 0; j < length; ++j) value = fmaf(score[j], __bfloat162float(v[(first + j) * columns + p]), value);
    out[row * columns + p] = __float2bfloat16_rn(value / sum);
  }
}

bool MakeMap(CUtensorMap* map, const void* base, unsigned rows, int columns, int length, int heads) {
  using Encode = CUresult (*)(CUtensorMap*, CUtensorMapDataType, cuuint32_t, void*, const cuuint64_t*, const cuuint64_t*,
                              const cuuint32_t*, const cuuint32_t*, CUtensorMapInterleave, CUtensorMapSwizzle,
                              CUtensorMapL2promotion, CUtensorMapFloatOOBfill);
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult found;
  const cudaError_t error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &entry, 12000, cudaEnableDefault, &found);
  if (error != cudaSuccess || entry == nullptr) return false;
  const auto d = static_cast<cuuint64_t>(columns), l = static_cast<cuuint64_t>(length);
  const cuuint64_t dims[3] = {d, l, static_cast<cuuint64_t>(heads)}, strides[2] = {d * 2, d * l * 2};
  const cuuint32_t box[3] = {64, rows, 1}, ones[3] = {1, 1, 1};
  return reinterpret_cast<Encode>(entry)(map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 3, const_cast<void*>(base), dims, strides, box,
                                         ones, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
                                         CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

template <int D, int G>
int Launch(const void* q, const void* k, const void* v, __nv_bfloat16* out, int heads, int length, float scale, cudaStream_t stream) {
  alignas(64) CUtensorMap map_q, map_k, map_v;
  if (!MakeMap(&map_q, q, 64, D, length, heads) || !MakeMap(&map_k, k, kTile, D, length, heads) ||
      !MakeMap(&map_v, v, kTile, D, length, heads))
    return 1;
  const cudaError_t error = cudaFuncSetAttribute(Attend<D, G>, cudaFuncAttributeMaxDynamicSharedMemorySize, Layout<D, G>::kBytes);
  if (error != cudaSuccess) return static_cast<int>(error);
  const int tiles = heads * ((length + G * 64 - 1) / (G * 64)), units = length / 64;
  int blocks = tiles < kBlocks ? tiles : kBlocks;
  Plan plan{};
  if (TAIL > 0 && G == 3) {
    // The smallest equal share of a head that gives every block one.
    int share = 1;
    while (units % share != 0 || heads * (units / share) > kBlocks) {
      if (++share > units) break;
    }
    if (share <= units) {
      plan.share = share;
      plan.split = Layout<D, G>::kSplit && share % G == 1;
      plan.width = share % G == 1 && TAIL == 2 && share >= 4 ? 2 : share % G;
      plan.last = plan.width == 0 ? 0 : share % G == 1 && plan.width == 2 ? 2 : 1;
      plan.whole = (share - plan.last * plan.width) / G;
      blocks = heads * (units / share);
    }
  }
  Attend<D, G><<<blocks, G * 128 + 128, Layout<D, G>::kBytes, stream>>>(
      map_q, map_k, map_v, static_cast<const __nv_bfloat16*>(k), out, heads, length, scale, plan);
  return static_cast<int>(cudaGetLastError());
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& shape = call->inputs[0];
  const void *q = shape.data, *k = call->inputs[1].data, *v = call->inputs[2].data;
  auto* out = static_cast<__nv_bfloat16*>(call->outputs[0].data);
  const int heads = static_cast<int>(shape.shape[0] * shape.shape[1]);
  const int length = static_cast<int>(shape.shape[2]), columns = static_cast<int>(shape.shape[3]);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  const float scale = 1.4426950408889634f / sqrtf(static_cast<float>(columns));
  if (length % kTile == 0 && columns == 64) return Launch<64, GROUPS>(q, k, v, out, heads, length, scale, stream);
  if (length % kTile == 0 && columns == 128) return Launch<128, 2>(q, k, v, out, heads, length, scale, stream);
  Plain<<<static_cast<unsigned>(heads * length), 128, length * 4, stream>>>(
      static_cast<const __nv_bfloat16*>(q), static_cast<const __nv_bfloat16*>(k), static_cast<const __nv_bfloat16*>(v), out, length,
      columns, scale);
  return static_cast<int>(cudaGetLastError());
}
