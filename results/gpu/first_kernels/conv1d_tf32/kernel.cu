// Convolution in TF32 with wgmma: y[l, o] = sum over taps and channels of
// x[l + tap - 1, c] w[o, c, tap]. wgmma wants both TF32 operands with the summed
// index contiguous, and x lies the other way round. So x is the operand that
// comes from registers: the copy engine brings boxes of (positions, channels) to
// shared memory, zeros at the borders; a lane reads four positions of a channel
// at once, gets the two beside them from its neighbours, and has two rows of two
// fragments in all three taps.
// Up to 96 channels: all weights stay in shared memory, two warpgroups take 128
// positions at a time and stream x through rings of 16 channels, so that x is
// read once and y written once. More channels: 256 positions x 128 outputs per
// block, 16 channels per stage.
// GRID blocks take the samples of the case that has a kernel of its own; with AHEAD 1
// what the ring has no room for yet is on its way to the L2 cache; with STREAM 1
// outputs are written by streaming stores.
// ke:tune GRID = 128 in {128, 132}
// ke:tune AHEAD = 0 in {0, 1}
// ke:tune STREAM = 0 in {0, 1}
// With TAKE 1 a block takes the next sample that nobody has, by a counter, instead of
// every GRID-th: blocks that memory serves worse take fewer. With WIDE 1 two lanes
// exchange positions for channels, so that each writes 16 bytes instead of 8.
// ke:tune TAKE = 0 in {0, 1}
// ke:tune WIDE = 0 in {0, 1}
// ke:tune RING = 9 in {6, 8, 9}
// ke:tune HINT = 0 in {0, 1}
// ke:tune ROWS = 32 in {32, 64, 128}
// ke:tune ROUND = 0 in {0, 1}
#include <cstdint>

#include <cuda.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

namespace {

constexpr int kBlocks = 132, kSharedBytes = 232448;

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
__device__ __forceinline__ void BulkIn(unsigned to, const void* from, unsigned bytes, unsigned bar) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(to),
      "l"(from), "r"(bytes), "r"(bar) : "memory");
}
__device__ __forceinline__ void Tensor3(unsigned to, const CUtensorMap* map, int x, int y, int z, unsigned bar) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5}], [%2];" ::"r"(to),
      "l"(map), "r"(bar), "r"(x), "r"(y), "r"(z) : "memory");
}
__device__ __forceinline__ void PublishBarriers() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
__device__ __forceinline__ void Fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ __forceinline__ void Commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int LEFT>
__device__ __forceinline__ void WaitGroups() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(LEFT) : "memory");
}

__device__ __forceinline__ void Wgmma(float (&d)[32], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n64k8.f32.tf32.tf32 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
      "}, {%32, %33, %34, %35}, %36, 1, 1, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), 
        "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), 
        "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), 
        "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), 
        "+f"(d[29]), "+f"(d[30]), "+f"(d[31])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
__device__ __forceinline__ void Wgmma(float (&d)[48], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n96k8.f32.tf32.tf32 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, "
      "%42, %43, %44, %45, %46, %47"
      "}, {%48, %49, %50, %51}, %52, 1, 1, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), 
        "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), 
        "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), 
        "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), 
        "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), 
        "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), 
        "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
__device__ __forceinline__ void Wgmma(float (&d)[64], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n128k8.f32.tf32.tf32 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, "
      "%42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, "
      "%62, %63"
      "}, {%64, %65, %66, %67}, %68, 1, 1, 1;"
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

// Rows of 128 bytes (swizzle 1) or 64 (swizzle 2), eight of them `stride` long.
// The low half moves with the address: a sixteenth of the bytes may be added.
__device__ __forceinline__ unsigned Low(unsigned address) { return address >> 4 | 1u << 16; }
__device__ __forceinline__ uint64_t Descriptor(unsigned low, unsigned stride, unsigned swizzle) {
  return static_cast<uint64_t>(stride >> 4 | swizzle << 30) << 32 | low;
}

// Where (row, k) lies in a tile of `row_bytes` wide swizzled rows.
__host__ __device__ __forceinline__ int Swizzled(int row, int k, int row_bytes) {
  const int turn = row_bytes == 128 ? row % 8 : row / 2 % 4;
  return row * row_bytes + ((k / 4) ^ turn) * 16 + k % 4 * 4;
}

// Rows of two fragments: of channels c and c + 4 the positions l .. l + 3 and
// those beside them, as the operands of the three taps, rounded: the tensor cores
// ignore 13 bits. A copy of each value per operand: wgmma wants registers in a row.
struct Fragments {
  unsigned v[2][3][4];
};
__device__ __forceinline__ void Load(Fragments& f, unsigned address, int edge, int pitch_bytes) {
  const int g = threadIdx.x % 32 / 4;
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    unsigned p[6], beside;
    const unsigned from = address + h * 4 * pitch_bytes;
    asm volatile("ld.shared.v4.b32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(p[1]), "=r"(p[2]), "=r"(p[3]), "=r"(p[4]) : "r"(from) : "memory");
    asm volatile("ld.shared.b32 %0, [%1];" : "=r"(beside) : "r"(from + edge) : "memory");
    p[0] = __shfl_up_sync(~0u, p[4], 4);
    p[5] = __shfl_down_sync(~0u, p[1], 4);
    if (g == 0) p[0] = beside;
    if (g == 7) p[5] = beside;
#pragma unroll
    for (int m = 0; m < 2; ++m)
#pragma unroll
      for (int t = 0; t < 3; ++t)
#pragma unroll
        for (int i = 0; i < 2; ++i)
          asm volatile("add.u32 %0, %1, %2;" : "=r"(f.v[m][t][2 * h + i]) : "r"(p[2 * m + t + i]), "n"(ROUND ? 0x1000 : 0));
  }
}
// Where the one position is that a lane's neighbours do not have.
__device__ __forceinline__ int Edge(int g) { return g == 0 ? -4 : (32 - 4 * g) * 4; }

// Eight channels; a tap's weights are `block` bytes, in rows of 128 or 64.
template <int REGISTERS>
__device__ __forceinline__ void Multiply(float (&acc)[2][REGISTERS], const Fragments& f, unsigned low, int block, unsigned row_bytes) {
  Fence();
#pragma unroll
  for (int t = 0; t < 3; ++t)
#pragma unroll
    for (int m = 0; m < 2; ++m)
      Wgmma(acc[m], f.v[m][t], Descriptor(low + t * block / 16, row_bytes * 8, row_bytes == 128 ? 1 : 2));
  Commit();
}

struct Arguments {
  const float *x, *w, *bias;
  const unsigned char* packed;
  float* y;
  unsigned* taken;
  int batches, channels, outputs, length, parts;
  int steps, slots;  // of 16 channels
};

// A lane's rows are the positions l .. l + 3, its columns pairs of outputs.
template <int REGISTERS>
__device__ __forceinline__ void Store(const float (&acc)[2][REGISTERS], const Arguments& a, int batch, int o, int l) {
  if (batch >= a.batches || l >= a.length) return;
  float* to = a.y + (static_cast<int64_t>(batch) * a.outputs + o) * a.length + l;
#pragma unroll
  for (int j = 0; j < REGISTERS / 4; ++j)
#pragma unroll
    for (int e = 0; e < 2; ++e)
      if (o + j * 8 + e < a.outputs)
        __stcs(reinterpret_cast<float4*>(to + (static_cast<int64_t>(j) * 8 + e) * a.length),
               make_float4(acc[0][4 * j + e], acc[0][4 * j + 2 + e], acc[1][4 * j + e], acc[1][4 * j + 2 + e]));
}

// ---- few channels --------------------------------------------------------------

constexpr int kK = 16, kMaxSlots = 8, kMaxBlocks = 3;

// A slot: 128 positions of 16 channels, in boxes of R.
template <int R>
struct Slot {
  static constexpr int kPitch = R + 8, kBoxes = 128 / R, kBox = kK * kPitch * 4, kBytes = kBoxes * kBox;
};

template <int N, int R>
__global__ void __launch_bounds__(384, 1) Resident(const __grid_constant__ CUtensorMap map_x, const Arguments a) {
  using S = Slot<R>;
  constexpr int kTap = N * 128, kBlock = 3 * kTap;  // 32 channels
  extern __shared__ __align__(128) unsigned char memory[];
  __shared__ __align__(8) uint64_t barriers[4 * kMaxSlots + kMaxBlocks];
  __shared__ __align__(16) float bias[N];
  const int group = __shfl_sync(~0u, static_cast<int>(threadIdx.x) / 128, 0), warp = threadIdx.x / 32 % 4;
  const int mine = group < 2 ? group : warp;  // the ring
  const unsigned weights = (Shared(memory) + 1023) & ~1023u;
  const unsigned ring = weights + a.steps / 2 * kBlock + mine * a.slots * S::kBytes;
  const unsigned full = Shared(barriers) + mine * kMaxSlots * 8, empty = full + 2 * kMaxSlots * 8,
                 ready = Shared(barriers) + 4 * kMaxSlots * 8;
  const int tiles = (a.batches * a.parts + S::kBoxes - 1) / S::kBoxes;
  const int o0 = blockIdx.y * N;
  if (threadIdx.x == 0) {
    for (int i = 0; i < 2 * kMaxSlots; ++i) {
      InitBarrier(full + i * 8, 1);
      InitBarrier(empty + i * 8, 4);
    }
    for (int i = 0; i < kMaxBlocks; ++i) InitBarrier(ready + i * 8, 1);
    PublishBarriers();
  }
  if (threadIdx.x < N) bias[threadIdx.x] = o0 + threadIdx.x < a.outputs ? a.bias[o0 + threadIdx.x] : 0.0f;
  __syncthreads();
  int slot = 0;
  unsigned phase = 0;
  if (group == 2) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    if (threadIdx.x == 256) {
      const unsigned char* from = a.packed + static_cast<int64_t>(blockIdx.y) * (a.steps / 2) * kBlock;
      for (int i = 0; i < a.steps / 2; ++i) {
        Expect(ready + i * 8, kBlock);
        BulkIn(weights + i * kBlock, from + i * kBlock, kBlock, ready + i * 8);
      }
    }
    if (warp < 2 && threadIdx.x % 32 == 0) {  // one for each warpgroup
      for (int tile = blockIdx.x + mine * gridDim.x; tile < tiles; tile += 2 * gridDim.x) {
        int batch[S::kBoxes], l[S::kBoxes];
#pragma unroll
        for (int i = 0; i < S::kBoxes; ++i) {  // Behind the last: zeros.
          batch[i] = (tile * S::kBoxes + i) / a.parts;
          l[i] = (tile * S::kBoxes + i) % a.parts * R - 4;
        }
        for (int c = 0; c < a.steps; ++c) {
          Wait(empty + slot * 8, phase ^ 1);
          Expect(full + slot * 8, S::kBytes);
#pragma unroll
          for (int i = 0; i < S::kBoxes; ++i)
            Tensor3(ring + slot * S::kBytes + i * S::kBox, &map_x, l[i], c * kK, batch[i], full + slot * 8);
          if (++slot == a.slots) slot = 0, phase ^= 1;
        }
      }
    }
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    const int lane = threadIdx.x % 32, g = lane / 4, q = lane % 4, edge = Edge(g);
    const unsigned x = ring + warp * 32 / R * S::kBox + (q * S::kPitch + warp * 32 % R + 4 + 4 * g) * 4;
    for (int tile = blockIdx.x + group * gridDim.x; tile < tiles; tile += 2 * gridDim.x) {
      float acc[2][N / 2];
#pragma unroll
      for (int j = 0; j < N / 8; ++j) {
        const float2 two = *reinterpret_cast<const float2*>(&bias[j * 8 + 2 * q]);
        acc[0][4 * j] = acc[0][4 * j + 2] = acc[1][4 * j] = acc[1][4 * j + 2] = two.x;
        acc[0][4 * j + 1] = acc[0][4 * j + 3] = acc[1][4 * j + 1] = acc[1][4 * j + 3] = two.y;
      }
      // The products of eight channels run while the next fragments are loaded.
      Fragments even, odd;
      for (int c = 0; c < a.steps; ++c) {
        Wait(full + slot * 8, phase);
        Wait(ready + c / 2 * 8, 0);
        const unsigned from = x + slot * S::kBytes, low = Low(weights + c / 2 * kBlock + c % 2 * 64);
        Load(even, from, edge, S::kPitch * 4);
        Multiply(acc, even, low, kTap, 128);
        WaitGroups<1>();
        Load(odd, from + 8 * S::kPitch * 4, edge, S::kPitch * 4);
        __syncwarp();
        if (lane == 0) Arrive(empty + slot * 8);
        Multiply(acc, odd, low + 2, kTap, 128);
        WaitGroups<1>();
        if (++slot == a.slots) slot = 0, phase ^= 1;
      }
      WaitGroups<0>();
      const int box = tile * S::kBoxes + warp * 32 / R;
      Store(acc, a, box / a.parts, o0 + 2 * q, box % a.parts * R + warp * 32 % R + 4 * g);
    }
  }
}

// ---- many channels -------------------------------------------------------------

constexpr int kN = 128, kRows = 128, kPitch = kRows + 8, kDepth = 5;
constexpr int kTap = kN * kK * 4, kBox = kK * kPitch * 4, kStage = 3 * kTap + 2 * kBox;
static_assert(kStage % 1024 == 0);

__global__ void __launch_bounds__(384, 1) Product(const __grid_constant__ CUtensorMap map_x, const Arguments a) {
  extern __shared__ __align__(128) unsigned char memory[];
  __shared__ __align__(8) uint64_t barriers[2 * kDepth];
  const unsigned stages = (Shared(memory) + 1023) & ~1023u;
  const unsigned full = Shared(barriers), empty = full + kDepth * 8;
  const int group = __shfl_sync(~0u, static_cast<int>(threadIdx.x) / 128, 0);
  const int tiles_o = (a.outputs + kN - 1) / kN, tiles = tiles_o * a.parts * a.batches;
  const int steps = a.steps;
  if (threadIdx.x == 0) {
    for (int s = 0; s < kDepth; ++s) {
      InitBarrier(full + s * 8, 1);
      InitBarrier(empty + s * 8, 8);
    }
    PublishBarriers();
  }
  __syncthreads();
  int stage = 0;
  unsigned phase = 0;
  if (group == 2) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    if (threadIdx.x == 256) {
      for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        const int o = tile % tiles_o, l = tile / tiles_o % a.parts * 2 * kRows - 4, batch = tile / tiles_o / a.parts;
        const unsigned char* from = a.packed + static_cast<int64_t>(o) * steps * 3 * kTap;
        for (int c = 0; c < steps; ++c) {
          Wait(empty + stage * 8, phase ^ 1);
          const unsigned bar = full + stage * 8, to = stages + stage * kStage;
          Expect(bar, kStage);
          BulkIn(to, from + static_cast<int64_t>(c) * 3 * kTap, 3 * kTap, bar);
          Tensor3(to + 3 * kTap, &map_x, l, c * kK, batch, bar);
          Tensor3(to + 3 * kTap + kBox, &map_x, l + kRows, c * kK, batch, bar);
          if (++stage == kDepth) stage = 0, phase ^= 1;
        }
      }
    }
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    const int warp = threadIdx.x / 32 % 4, lane = threadIdx.x % 32, g = lane / 4, q = lane % 4, edge = Edge(g);
    const unsigned x = 3 * kTap + group * kBox + (q * kPitch + warp * 32 + 4 + 4 * g) * 4;
    for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
      const int o = tile % tiles_o * kN + 2 * q, batch = tile / tiles_o / a.parts;
      const int l = (tile / tiles_o % a.parts * 2 + group) * kRows + warp * 32 + 4 * g;
      float acc[2][kN / 2];
#pragma unroll
      for (int j = 0; j < kN / 8; ++j)
#pragma unroll
        for (int e = 0; e < 2; ++e) {
          const float shift = o + j * 8 + e < a.outputs ? __ldg(a.bias + o + j * 8 + e) : 0.0f;
          acc[0][4 * j + e] = acc[0][4 * j + 2 + e] = acc[1][4 * j + e] = acc[1][4 * j + 2 + e] = shift;
        }
      // The products of eight channels run while the next fragments are loaded.
      Fragments even, odd;
      int before = -1;
      for (int c = 0; c < steps; ++c) {
        const unsigned from = stages + stage * kStage;
        Wait(full + stage * 8, phase);
        Load(even, from + x, edge, kPitch * 4);
        Multiply(acc, even, Low(from), kTap, 64);
        WaitGroups<1>();
        if (before >= 0 && lane == 0) Arrive(empty + before * 8);
        Load(odd, from + x + 8 * kPitch * 4, edge, kPitch * 4);
        Multiply(acc, odd, Low(from) + 2, kTap, 64);
        WaitGroups<1>();
        before = stage;
        if (++stage == kDepth) stage = 0, phase ^= 1;
      }
      WaitGroups<0>();
      if (lane == 0) Arrive(empty + before * 8);
      Store(acc, a, batch, o, l);
    }
  }
}

// ---- 96 channels of 200 positions, many samples ---------------------------------
// Samples follow each other through one ring, in plain copies of 16 channels. Three
// warpgroups multiply 64 positions each, two beside each other per lane; the last
// eight positions are three warps' of a fourth group, with mma; its last warp copies.

constexpr int kSampleC = 96, kSampleL = 200, kRowBytes = kSampleL * 4, kSample = kSampleC * kSampleL;
constexpr int kChunks = kSampleC / kK, kChunk = kK * kRowBytes, kRing = RING, kResidentTap = kSampleC * 128, kResidentBlock = 3 * kResidentTap;

// With HINT 1 what was read leaves the L2 cache first, otherwise what was written.
__device__ __forceinline__ void ChunkIn(unsigned to, const float* from, unsigned bar) {
  if constexpr (HINT == 1) {
    uint64_t policy;
    asm("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(policy));
    asm volatile(
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint [%0], [%1], %2, [%3], %4;" ::"r"(to),
        "l"(from), "r"(kChunk), "r"(bar), "l"(policy) : "memory");
  } else {
    BulkIn(to, from, kChunk, bar);
  }
}
__device__ __forceinline__ void Put(float* to, float first, float second) {
  if constexpr (HINT == 1 || STREAM == 0)
    *reinterpret_cast<float2*>(to) = make_float2(first, second);
  else
    __stcs(reinterpret_cast<float2*>(to), make_float2(first, second));
}

__device__ __forceinline__ void Put4(float* to, float4 v) {
  if constexpr (HINT == 1 || STREAM == 0)
    *reinterpret_cast<float4*>(to) = v;
  else
    __stcs(reinterpret_cast<float4*>(to), v);
}

struct Narrow {
  unsigned v[3][4];
};
// Rows g and g + 8 are the positions 2 g and 2 g + 1.
__device__ __forceinline__ void Load(Narrow& f, unsigned address, bool starts) {
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    unsigned p[4];
    const unsigned from = address + h * 4 * kRowBytes;
    asm volatile("ld.shared.v2.b32 {%0, %1}, [%2];" : "=r"(p[1]), "=r"(p[2]) : "r"(from) : "memory");
    asm volatile("ld.shared.b32 %0, [%1];" : "=r"(p[0]) : "r"(starts ? from : from - 4) : "memory");
    asm volatile("ld.shared.b32 %0, [%1];" : "=r"(p[3]) : "r"(from + 8) : "memory");
    if (starts) p[0] = 0;
#pragma unroll
    for (int t = 0; t < 3; ++t)
#pragma unroll
      for (int i = 0; i < 2; ++i)
        asm volatile("add.u32 %0, %1, %2;" : "=r"(f.v[t][2 * h + i]) : "r"(p[t + i]), "n"(ROUND ? 0x1000 : 0));
  }
}
__device__ __forceinline__ void Multiply(float (&acc)[48], const Narrow& f, unsigned low) {
  Fence();
#pragma unroll
  for (int t = 0; t < 3; ++t) Wgmma(acc, f.v[t], Descriptor(low + t * kResidentTap / 16, 1024, 1));
  Commit();
}
__device__ __forceinline__ void MultiplyRows(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
__device__ __forceinline__ void LoadRows(unsigned (&to)[4], unsigned address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3]) : "r"(address) : "memory");
}

__global__ void __launch_bounds__(512, 1) Samples(const Arguments a) {
  extern __shared__ __align__(128) unsigned char memory[];
  __shared__ __align__(8) uint64_t barriers[2 * kRing + kMaxBlocks];
  __shared__ __align__(16) float bias[kSampleC];
  const int group = __shfl_sync(~0u, static_cast<int>(threadIdx.x) / 128, 0), warp = threadIdx.x / 32 % 4;
  const int lane = threadIdx.x % 32, g = lane / 4, q = lane % 4;
  const unsigned weights = (Shared(memory) + 1023) & ~1023u, ring = weights + kMaxBlocks * kResidentBlock;
  const unsigned full = Shared(barriers), empty = full + kRing * 8, ready = empty + kRing * 8;
  const int mine = (a.batches - static_cast<int>(blockIdx.x) + static_cast<int>(gridDim.x) - 1) / static_cast<int>(gridDim.x);
  // With TAKE 1 a turn's sample stands in `items`, -1 after the last; the ring is less
  // than two samples long, so that a place is read by all before it is written again.
  __shared__ int items[4];
  static_assert(kRing < 2 * kChunks && kRing >= kChunks);
  const auto copy = [&](int n, int64_t item) {
    const int slot = n % kRing;
    Expect(full + slot * 8, kChunk);
    ChunkIn(ring + slot * kChunk, a.x + item * kSample + n % kChunks * kK * kSampleL, full + slot * 8);
  };
  // The first copies wait for nobody.
  if (threadIdx.x == 480) {
    for (int i = 0; i < kRing; ++i) {
      InitBarrier(full + i * 8, 1);
      InitBarrier(empty + i * 8, 15);
    }
    for (int i = 0; i < kMaxBlocks; ++i) InitBarrier(ready + i * 8, 1);
    PublishBarriers();
    items[0] = blockIdx.x;
    for (int i = 0; i < kMaxBlocks; ++i) {
      copy(2 * i, blockIdx.x);
      copy(2 * i + 1, blockIdx.x);
      Expect(ready + i * 8, kResidentBlock);
      BulkIn(weights + i * kResidentBlock, a.packed + i * kResidentBlock, kResidentBlock, ready + i * 8);
    }
  }
  if (threadIdx.x < kSampleC) bias[threadIdx.x] = a.bias[threadIdx.x];
  __syncthreads();
  int slot = 0;
  unsigned phase = 0;
  const auto more = [&](int& item, int turn) {
    if constexpr (TAKE == 0) return item < a.batches;
    Wait(full + slot * 8, phase);
    item = *const_cast<volatile int*>(items + turn % 4);
    return item >= 0;
  };
  if (group == 3 && warp == 3) {
    if (TAKE == 1 && lane == 0) {
      unsigned next = atomicAdd(a.taken, 1) + gridDim.x;
      for (int turn = 1;; ++turn) {
        const int64_t item = next;
        const bool any = next < static_cast<unsigned>(a.batches);
        for (int c = 0; c < (any ? kChunks : 1); ++c) {
          const int n = turn * kChunks + c;
          if (n >= kRing) Wait(empty + n % kRing * 8, (n / kRing - 1) % 2);
          if (c == 0) items[turn % 4] = any ? static_cast<int>(next) : -1;
          if (any) copy(n, item); else Arrive(full + n % kRing * 8);
          if (any && c == 0) next = atomicAdd(a.taken, 1) + gridDim.x;
        }
        if (!any) break;
      }
    } else if (lane == 0)
      for (int n = kChunks; n < mine * kChunks; ++n) {
        if (n >= kRing) Wait(empty + n % kRing * 8, (n / kRing - 1) % 2);
        copy(n, blockIdx.x + static_cast<int64_t>(n / kChunks) * gridDim.x);
        const int later = n + kChunks;  // the same channels of the next sample
        if (AHEAD == 1 && later < mine * kChunks) {
          const int64_t item = blockIdx.x + static_cast<int64_t>(later / kChunks) * gridDim.x;
          asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(a.x + item * kSample + later % kChunks * kK * kSampleL),
                       "r"(kChunk) : "memory");
        }
      }
  } else if (group < 3) {
    const int l = group * 64 + warp * 16 + 2 * g;
    const unsigned x = ring + q * kRowBytes + l * 4;
    int turn = 0;
    for (int item = blockIdx.x; more(item, turn); item += gridDim.x, ++turn) {
      float acc[48];
#pragma unroll
      for (int j = 0; j < 12; ++j) {
        const float2 two = *reinterpret_cast<const float2*>(&bias[j * 8 + 2 * q]);
        acc[4 * j] = acc[4 * j + 2] = two.x;
        acc[4 * j + 1] = acc[4 * j + 3] = two.y;
      }
      Narrow even, odd;
      for (int c = 0; c < kChunks; ++c) {
        Wait(full + slot * 8, phase);
        Wait(ready + c / 2 * 8, 0);
        const unsigned from = x + slot * kChunk, low = Low(weights + c / 2 * kResidentBlock + c % 2 * 64);
        Load(even, from, l == 0);
        Multiply(acc, even, low);
        WaitGroups<1>();
        Load(odd, from + 8 * kRowBytes, l == 0);
        __syncwarp();
        if (lane == 0) Arrive(empty + slot * 8);
        Multiply(acc, odd, low + 2);
        WaitGroups<1>();
        if (++slot == kRing) slot = 0, phase ^= 1;
      }
      WaitGroups<0>();
      if constexpr (WIDE == 1) {
        const bool odd = g & 1;
        // The sums are there only now: nothing of what follows may move up.
#pragma unroll
        for (int i = 0; i < 48; ++i) asm volatile("" : "+f"(acc[i])::"memory");
        float* four = a.y + (static_cast<int64_t>(item) * kSampleC + 2 * q + (g & 1)) * kSampleL + l - 2 * (g & 1);
#pragma unroll
        for (int j = 0; j < 12; ++j) {
          const float first = __shfl_xor_sync(~0u, odd ? acc[4 * j] : acc[4 * j + 1], 4);
          const float second = __shfl_xor_sync(~0u, odd ? acc[4 * j + 2] : acc[4 * j + 3], 4);
          Put4(four + j * 8 * kSampleL, odd ? make_float4(first, second, acc[4 * j + 1], acc[4 * j + 3])
                                            : make_float4(acc[4 * j], acc[4 * j + 2], first, second));
        }
        continue;
      }
      float* to = a.y + (static_cast<int64_t>(item) * kSampleC + 2 * q) * kSampleL + l;
#pragma unroll
      for (int j = 0; j < 12; ++j)
#pragma unroll
        for (int e = 0; e < 2; ++e)
          Put(to + (j * 8 + e) * kSampleL, acc[4 * j + e], acc[4 * j + 2 + e]);
    }
  } else {
    // Rows are outputs, two times 16 to a warp; columns the last eight positions.
    // A sum per tap: chains that do not wait for each other.
    const unsigned x = ring + q * kRowBytes + (192 + g) * 4;
    const unsigned rows = weights + (warp * 32 + lane % 16) * 128 + ((lane / 16) ^ (lane % 8)) * 16;
    const float* shift = bias + warp * 32 + g;
    int turn = 0;
    for (int item = blockIdx.x; more(item, turn); item += gridDim.x, ++turn) {
      float sum[2][3][4] = {{{shift[0], shift[0], shift[8], shift[8]}}, {{shift[16], shift[16], shift[24], shift[24]}}};
      for (int c = 0; c < kChunks; ++c) {
        Wait(full + slot * 8, phase);
        Wait(ready + c / 2 * 8, 0);
#pragma unroll
        for (int k = 0; k < 2; ++k) {
          unsigned p[2][3];
#pragma unroll
          for (int h = 0; h < 2; ++h)
#pragma unroll
            for (int t = 0; t < 3; ++t) {
              const bool ends = t == 2 && g == 7;
              unsigned v;
              asm volatile("ld.shared.b32 %0, [%1];"
                           : "=r"(v) : "r"(x + slot * kChunk + (k * 8 + h * 4) * kRowBytes + (ends ? 0 : t * 4 - 4)) : "memory");
              p[h][t] = ends ? 0 : v + (ROUND ? 0x1000 : 0);
            }
#pragma unroll
          for (int t = 0; t < 3; ++t) {
            const unsigned from = (rows ^ (c % 2 * 2 + k) * 32) + c / 2 * kResidentBlock + t * kResidentTap;
#pragma unroll
            for (int i = 0; i < 2; ++i) {
              unsigned v[4];
              LoadRows(v, from + i * 16 * 128);
              MultiplyRows(sum[i][t], v, p[0][t], p[1][t]);
            }
          }
        }
        __syncwarp();
        if (lane == 0) Arrive(empty + slot * 8);
        if (++slot == kRing) slot = 0, phase ^= 1;
      }
#pragma unroll
      for (int i = 0; i < 2; ++i)
#pragma unroll
        for (int e = 0; e < 4; ++e) sum[i][0][e] += sum[i][1][e] + sum[i][2][e];
      float* to = a.y + (static_cast<int64_t>(item) * kSampleC + warp * 32 + g) * kSampleL + 192 + 2 * q;
#pragma unroll
      for (int i = 0; i < 4; ++i)
        Put(to + i * 8 * kSampleL, sum[i / 2][0][i % 2 * 2], sum[i / 2][0][i % 2 * 2 + 1]);
    }
  }
}

// ---- any shape -----------------------------------------------------------------

__global__ void Plain(Arguments a) {
  const int64_t at = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (at >= static_cast<int64_t>(a.batches) * a.outputs * a.length) return;
  const int l = at % a.length, o = at / a.length % a.outputs;
  const int64_t batch = at / a.length / a.outputs;
  float sum = a.bias[o];
  for (int c = 0; c < a.channels; ++c)
    for (int t = 0; t < 3; ++t)
      if (l + t >= 1 && l + t <= a.length)
        sum = fmaf(a.w[(static_cast<int64_t>(o) * a.channels + c) * 3 + t], a.x[(batch * a.channels + c) * a.length + l + t - 1], sum);
  a.y[at] = sum;
}

// ---- host ----------------------------------------------------------------------

// Tiles of the weights as wgmma reads them: [o tile][c block][tap][n][swizzled k].
struct Packing {
  int n, k, blocks, tiles;
  __host__ __device__ int64_t elements() const { return int64_t{3} * n * k * blocks * tiles; }
};

__global__ void Pack(const float* w, unsigned char* packed, Packing p, int channels, int outputs) {
  const int64_t at = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (at >= p.elements()) return;
  const int k = at % p.k, n = at / p.k % p.n, tap = at / p.k / p.n % 3;
  const int64_t block = at / p.k / p.n / 3;
  const int c = static_cast<int>(block % p.blocks) * p.k + k, o = static_cast<int>(block / p.blocks) * p.n + n;
  const float v = c < channels && o < outputs ? w[(static_cast<int64_t>(o) * channels + c) * 3 + tap] : 0.0f;
  unsigned bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(v));
  *reinterpret_cast<unsigned*>(packed + (block * 3 + tap) * p.n * p.k * 4 + Swizzled(n, k, p.k * 4)) = bits;
}

Arguments From(const ke_call* call) {
  Arguments a{};
  const ke_tensor &x = call->inputs[0], &w = call->inputs[1];
  a.x = static_cast<const float*>(x.data);
  a.w = static_cast<const float*>(w.data);
  a.bias = static_cast<const float*>(call->inputs[2].data);
  a.y = static_cast<float*>(call->outputs[0].data);
  a.packed = static_cast<const unsigned char*>(call->state);
  a.taken = static_cast<unsigned*>(call->workspace);
  a.batches = static_cast<int>(x.shape[0]);
  a.channels = static_cast<int>(x.shape[1]);
  a.length = static_cast<int>(x.shape[2]);
  a.outputs = static_cast<int>(w.shape[0]);
  return a;
}

bool IsFew(const Arguments& a) { return a.channels <= 96; }

Packing PackingOf(const Arguments& a) {
  Packing p{};
  p.n = !IsFew(a) ? kN : a.outputs <= 64 ? 64 : 96;
  p.k = IsFew(a) ? 32 : kK;
  p.blocks = (a.channels + p.k - 1) / p.k;
  p.tiles = (a.outputs + p.n - 1) / p.n;
  return p;
}

bool MakeMap(CUtensorMap* map, const Arguments& a, unsigned rows, unsigned channels) {
  using Encode = CUresult (*)(CUtensorMap*, CUtensorMapDataType, cuuint32_t, void*, const cuuint64_t*, const cuuint64_t*,
                              const cuuint32_t*, const cuuint32_t*, CUtensorMapInterleave, CUtensorMapSwizzle,
                              CUtensorMapL2promotion, CUtensorMapFloatOOBfill);
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult found;
  const cudaError_t error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &entry, 12000, cudaEnableDefault, &found);
  if (error != cudaSuccess || entry == nullptr) return false;
  const auto length = static_cast<cuuint64_t>(a.length), planes = static_cast<cuuint64_t>(a.channels);
  const cuuint64_t dims[3] = {length, planes, static_cast<cuuint64_t>(a.batches)};
  const cuuint64_t strides[2] = {length * 4, length * planes * 4};
  const cuuint32_t box[3] = {rows, channels, 1}, ones[3] = {1, 1, 1};
  return reinterpret_cast<Encode>(entry)(map, CU_TENSOR_MAP_DATA_TYPE_FLOAT32, 3, const_cast<float*>(a.x), dims, strides, box,
                                         ones, CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_NONE,
                                         CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

template <int N, int R>
int LaunchResident(Arguments a, cudaStream_t stream) {
  using S = Slot<R>;
  alignas(64) CUtensorMap map;
  if (!MakeMap(&map, a, S::kPitch, kK)) return 1;
  a.parts = (a.length + R - 1) / R;
  a.steps = (a.channels + 31) / 32 * 2;
  const int weights = a.steps / 2 * 3 * N * 128;
  a.slots = (kSharedBytes - 2048 - weights) / (2 * S::kBytes);
  if (a.slots > kMaxSlots) a.slots = kMaxSlots;
  const int tiles = (a.batches * a.parts + S::kBoxes - 1) / S::kBoxes, bytes = 1024 + weights + 2 * a.slots * S::kBytes;
  const auto kernel = Resident<N, R>;
  const cudaError_t error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  if (error != cudaSuccess) return static_cast<int>(error);
  kernel<<<dim3(tiles < kBlocks ? tiles : kBlocks, (a.outputs + N - 1) / N), 384, bytes, stream>>>(map, a);
  return static_cast<int>(cudaGetLastError());
}

template <int N>
int LaunchFew(const Arguments& a, cudaStream_t stream) {
  const int wide = (a.length + 127) / 128 * 128, narrow = (a.length + ROWS - 1) / ROWS * ROWS;
  if (wide * 20 <= narrow * 21) return LaunchResident<N, 128>(a, stream);
  return LaunchResident<N, ROWS>(a, stream);
}

bool IsSamples(const Arguments& a) {
  return a.channels == kSampleC && a.outputs == kSampleC && a.length == kSampleL && a.batches >= GRID;
}
int LaunchSamples(const Arguments& a, cudaStream_t stream) {
  const int bytes = 1024 + kMaxBlocks * kResidentBlock + kRing * kChunk;
  const cudaError_t error = cudaFuncSetAttribute(Samples, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  if (error != cudaSuccess) return static_cast<int>(error);
  if constexpr (TAKE == 1) {
    const cudaError_t cleared = cudaMemsetAsync(a.taken, 0, sizeof(unsigned), stream);
    if (cleared != cudaSuccess) return static_cast<int>(cleared);
  }
  Samples<<<GRID, 512, bytes, stream>>>(a);
  return static_cast<int>(cudaGetLastError());
}

int LaunchProduct(Arguments a, cudaStream_t stream) {
  alignas(64) CUtensorMap map;
  if (!MakeMap(&map, a, kPitch, kK)) return 1;
  a.parts = (a.length + 2 * kRows - 1) / (2 * kRows);
  a.steps = (a.channels + kK - 1) / kK;
  const int64_t tiles = int64_t{(a.outputs + kN - 1) / kN} * a.parts * a.batches;
  const int bytes = kDepth * kStage + 1024;
  const cudaError_t error = cudaFuncSetAttribute(Product, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  if (error != cudaSuccess) return static_cast<int>(error);
  Product<<<static_cast<unsigned>(tiles < kBlocks ? tiles : kBlocks), 384, bytes, stream>>>(map, a);
  return static_cast<int>(cudaGetLastError());
}

}  // namespace

extern "C" int ke_setup(const ke_call* call, void** state) {
  const Arguments a = From(call);
  const Packing p = PackingOf(a);
  if (cudaMalloc(state, static_cast<size_t>(p.elements()) * 4) != cudaSuccess) return 1;
  Pack<<<static_cast<unsigned>((p.elements() + 255) / 256), 256, 0, static_cast<cudaStream_t>(call->stream)>>>(
      a.w, static_cast<unsigned char*>(*state), p, a.channels, a.outputs);
  return static_cast<int>(cudaGetLastError());
}

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) { return TAKE == 1 && IsSamples(From(call)) ? 16 : 0; }

extern "C" void ke_teardown(void* state) { cudaFree(state); }

extern "C" int ke_run(const ke_call* call) {
  const Arguments a = From(call);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  if (a.length % 4 != 0) {  // No tensor map for such rows.
    const int64_t total = static_cast<int64_t>(a.batches) * a.outputs * a.length;
    Plain<<<static_cast<unsigned>((total + 255) / 256), 256, 0, stream>>>(a);
    return static_cast<int>(cudaGetLastError());
  }
  if (!IsFew(a)) return LaunchProduct(a, stream);
  if (IsSamples(a)) return LaunchSamples(a, stream);
  return PackingOf(a).n == 64 ? LaunchFew<64>(a, stream) : LaunchFew<96>(a, stream);
}
