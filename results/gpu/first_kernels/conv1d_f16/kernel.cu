// 96 channels of 200 positions: a persistent wgmma product, x in registers.
// Few channels: weights stay in registers as mma fragments, a sample comes to
// shared memory in one bulk copy, the three taps are three products of the same
// columns whose results are shifted between lanes. Many channels: a persistent
// wgmma product; the copy engine shifts x and fills the borders with zeros.
// ke:tune STAGED = 1 in {0, 1}
// ke:tune BLOCKS = 264 in {132, 264, 396}
// ke:tune SEGMENT = 104 in {40, 64, 104, 128, 256}
// ke:tune WHOLE_FROM = 200 in {100, 200, 400}
// GRID blocks take the samples of the case that has a kernel of its own; with ORDER 1
// a block's samples follow each other in memory; with AHEAD 1 the sample that shared
// memory has no room for yet is on its way to the L2 cache.
// ke:tune GRID = 132 in {128, 132}
// ke:tune ORDER = 0 in {0, 1}
// ke:tune AHEAD = 1 in {0, 1}
// ke:tune LOADS = 2 in {2, 3}
// ke:tune HINT = 0 in {0, 1, 2, 3}
#include <cstdint>

#include <cuda.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

namespace {

constexpr int kMaxWarps = 6, kMaxSteps = 6;

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
__device__ __forceinline__ void BulkOut(void* to, unsigned from, unsigned bytes) {
  asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(to), "r"(from), "r"(bytes) : "memory");
  asm volatile("cp.async.bulk.commit_group;" ::: "memory");
}
__device__ __forceinline__ void BulkWaitRead() { asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory"); }
__device__ __forceinline__ void BulkWait() { asm volatile("cp.async.bulk.wait_group 0;" ::: "memory"); }
__device__ __forceinline__ void FenceAsync() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

__device__ __forceinline__ void LoadTransposed(unsigned (&to)[4], unsigned address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3]) : "r"(address) : "memory");
}
__device__ __forceinline__ void Multiply(float (&c)[4], const uint4& a, unsigned b0, unsigned b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a.x), "r"(a.y), "r"(a.z), "r"(a.w), "r"(b0), "r"(b1));
}

// Fragment order: [o tile][step][tap][lane] of 16 bytes, zeros outside.
__global__ void PackFragments(const __half* w, uint4* packed, int channels, int outputs, int steps, int total) {
  const int at = blockIdx.x * blockDim.x + threadIdx.x;
  if (at >= total) return;
  const int lane = at % 32, tap = at / 32 % 3, step = at / 96 % steps, tile = at / 96 / steps;
  unsigned r[4];
  for (int i = 0; i < 4; ++i) {
    const int o = tile * 16 + lane / 4 + i % 2 * 8;
    unsigned bits = 0;
    for (int j = 0; j < 2; ++j) {
      const int c = step * 16 + lane % 4 * 2 + i / 2 * 8 + j;
      if (o < outputs && c < channels)
        bits |= static_cast<unsigned>(__half_as_ushort(w[(static_cast<int64_t>(o) * channels + c) * 3 + tap])) << (16 * j);
    }
    r[i] = bits;
  }
  packed[at] = make_uint4(r[0], r[1], r[2], r[3]);
}

// [O, C, 3] becomes [3, O, C].
__global__ void PackTaps(const __half* w, __half* packed, int64_t count) {
  const int64_t at = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (at >= count) return;
  for (int t = 0; t < 3; ++t) packed[t * count + at] = w[at * 3 + t];
}

struct Arguments {
  const __half *x, *w, *bias;
  const void* packed;
  __half* y;
  int batches, channels, outputs, length;
  int segment, parts, pitch, stage_bytes;  // pitch in bytes
};

// kWhole: a block's item is a sample, copied at once, rows as they lie.
// kRows: a segment of a sample, a bulk copy per channel. kElements: any length.
enum Mode { kWhole, kRows, kElements };

template <int STEPS, Mode MODE>
__global__ void __launch_bounds__(kMaxWarps * 32, 2) Rows(Arguments a) {
  extern __shared__ __align__(128) unsigned char memory[];
  constexpr int kStages = MODE == kElements ? 1 : 2;
  const unsigned bars = Shared(memory), data = bars + 128;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, q = lane % 4, g = lane / 4;
  const int items = a.batches * a.parts;
  const int tile = blockIdx.y * (blockDim.x / 32) + warp;

  // Where an item's columns begin in x and how many rows of bytes they are.
  const auto issue = [&](int item, int stage) {
    const unsigned bar = bars + stage * 8, to = data + stage * a.stage_bytes;
    if constexpr (MODE == kWhole) {
      if (lane == 0) {
        const unsigned bytes = a.channels * a.length * 2;
        Expect(bar, bytes);
        BulkIn(to, a.x + static_cast<int64_t>(item) * a.channels * a.length, bytes, bar);
      }
    } else {
      const int batch = item / a.parts, l0 = item % a.parts * a.segment;
      const int from = l0 > 0 ? l0 - 8 : 0, end = min(l0 + a.segment + 8, a.length);
      const unsigned bytes = (end - from) * 2;
      if (lane == 0) Expect(bar, bytes * a.channels);
      __syncwarp();
      for (int c = lane; c < a.channels; c += 32)
        BulkIn(to + c * a.pitch + (from - l0 + 8) * 2,
               a.x + (static_cast<int64_t>(batch) * a.channels + c) * a.length + from, bytes, bar);
    }
  };
  if constexpr (MODE != kElements) {
    if (threadIdx.x == 0) {
      InitBarrier(bars, 1);
      InitBarrier(bars + 8, 1);
      asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
      FenceAsync();
    }
    // Rows past the last channel meet zero weights, and must not be NaN.
    const int spare = (STEPS * 16 - a.channels) * a.pitch / 4;
    for (int s = 0; s < kStages; ++s)
      for (int i = threadIdx.x; i < spare; i += blockDim.x)
        *reinterpret_cast<unsigned*>(memory + 128 + s * a.stage_bytes + a.channels * a.pitch + i * 4) = 0;
    __syncthreads();
    if (warp == 0) {
      for (int s = 0; s < kStages; ++s)
        if (static_cast<int>(blockIdx.x + s * gridDim.x) < items) issue(blockIdx.x + s * gridDim.x, s);
    }
  }

  uint4 weights[STEPS][3];
  {
    const uint4* packed = static_cast<const uint4*>(a.packed) + static_cast<int64_t>(tile) * STEPS * 96 + lane;
    const bool inside = tile * 16 < a.outputs;
#pragma unroll
    for (int k = 0; k < STEPS; ++k)
#pragma unroll
      for (int t = 0; t < 3; ++t)
        weights[k][t] = inside ? __ldg(packed + (k * 3 + t) * 32) : make_uint4(0, 0, 0, 0);
  }
  float shift[2];
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    const int o = tile * 16 + g + h * 8;
    shift[h] = o < a.outputs ? __half2float(a.bias[o]) : 0.0f;
  }

  const unsigned out = data + kStages * a.stage_bytes + warp * 16 * a.pitch;
  const int up = (lane & ~3) | ((q + 3) & 3), down = (lane & ~3) | ((q + 1) & 3);
  int round = 0;
  for (int item = blockIdx.x; item < items; item += gridDim.x, ++round) {
    const int stage = kStages == 2 ? round % 2 : 0;
    const int batch = item / a.parts;
    const int l0 = MODE == kWhole ? 0 : item % a.parts * a.segment;
    const int stop = MODE == kWhole ? a.length : min(l0 + a.segment, a.length);
    // Column l of x is column l - zero of the stage.
    const int zero = MODE == kWhole ? 0 : l0 - 8;
    if constexpr (MODE == kElements) {
      __syncthreads();
      const int width = a.pitch / 2;
      __half* to = reinterpret_cast<__half*>(memory + 128);
      for (int i = threadIdx.x; i < STEPS * 16 * width; i += blockDim.x) {
        const int c = i / width, l = i % width + zero;
        to[i] = c < a.channels && l >= 0 && l < a.length
                    ? a.x[(static_cast<int64_t>(batch) * a.channels + c) * a.length + l]
                    : __half(0.0f);
      }
      __syncthreads();
    } else {
      Wait(bars + stage * 8, round / 2 % 2);
    }
    if constexpr (MODE == kWhole) {
      if (lane == 0) BulkWaitRead();
      __syncwarp();
    }
    const int first = l0 > 0 ? l0 - 8 : 0;
    const unsigned source = data + stage * a.stage_bytes + lane % 16 * a.pitch + (lane / 16 * 8 - zero) * 2;
    __half* y = a.y + (static_cast<int64_t>(batch) * a.outputs + tile * 16) * a.length;
    // Of the tile before: product 0's last column, and what waits for product 2.
    float last0[2] = {0, 0}, wait[2][2] = {}, wait2[2] = {0, 0};
    const auto put = [&](int l, int h, float v0, float v1) {
      const int o = tile * 16 + g + h * 8;
      if constexpr (MODE == kWhole) {
        const __half2 v = __floats2half2_rn(v0 + shift[h], v1 + shift[h]);
        asm volatile("st.shared.b32 [%0], %1;" ::"r"(out + (g + h * 8) * a.pitch + l * 2),
                     "r"(*reinterpret_cast<const unsigned*>(&v)) : "memory");
      } else if constexpr (MODE == kRows) {
        if (o < a.outputs)
          *reinterpret_cast<__half2*>(y + (g + h * 8) * static_cast<int64_t>(a.length) + l) =
              __floats2half2_rn(v0 + shift[h], v1 + shift[h]);
      } else {
        __half* to = y + (g + h * 8) * static_cast<int64_t>(a.length) + l;
        if (o < a.outputs && l < a.length) to[0] = __float2half_rn(v0 + shift[h]);
        if (o < a.outputs && l + 1 < a.length) to[1] = __float2half_rn(v1 + shift[h]);
      }
    };
    // One tile more than there are: it completes the last one.
#pragma unroll 1
    for (int l = first; l <= stop; l += 16) {
      float p[3][2][4] = {};
#pragma unroll
      for (int k = 0; k < STEPS; ++k) {
        unsigned b[4];
        LoadTransposed(b, source + k * 16 * a.pitch + l * 2);
#pragma unroll
        for (int t = 0; t < 3; ++t) {
          Multiply(p[t][0], weights[k][t], b[0], b[1]);
          Multiply(p[t][1], weights[k][t], b[2], b[3]);
        }
      }
      const bool dead[2] = {l >= a.length, l + 8 >= a.length};
#pragma unroll
      for (int h = 0; h < 2; ++h) {
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          const float before = q == 3 ? last0[h] : p[0][i][2 * h + 1];
          const float left = __shfl_sync(~0u, before, up);
          const float two = dead[i] ? 0.0f : p[2][i][2 * h];
          const float after = q == 0 ? two : wait2[h];
          const float right = __shfl_sync(~0u, after, down);
          const int done = l + i * 8 - 8;
          if (done >= l0 && done < stop) put(done + 2 * q, h, wait[h][0], wait[h][1] + right);
          last0[h] = p[0][i][2 * h + 1];
          wait2[h] = two;
          wait[h][0] = left + p[1][i][2 * h] + p[2][i][2 * h + 1];
          wait[h][1] = p[0][i][2 * h] + p[1][i][2 * h + 1];
        }
      }
    }
    // The last tile, if it was the second of its pair and ended at the edge.
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const float right = __shfl_sync(~0u, q == 0 ? 0.0f : wait2[h], down);
      const int done = first + ((stop - first) / 16) * 16 + 8;
      if (done >= l0 && done < stop) put(done + 2 * q, h, wait[h][0], wait[h][1] + right);
    }
    if constexpr (MODE == kWhole) {
      FenceAsync();
      __syncwarp();
      const int rows = min(16, a.outputs - tile * 16);
      if (lane == 0 && rows > 0) BulkOut(y, out, rows * a.length * 2);
    }
    if constexpr (MODE != kElements) {
      __syncthreads();  // Everybody has read the stage.
      const int next = item + kStages * gridDim.x;
      if (warp == 0 && next < items) issue(next, stage);
    }
  }
  if constexpr (MODE == kWhole) {
    if (lane == 0) BulkWait();
  }
}

// ---- many channels -----------------------------------------------------------

constexpr int kM = 128, kN = 256, kK = 64, kDepth = 4;
constexpr int kBytesA = kM * kK * 2, kBytesB = kN * kK * 2, kStageBytes = kBytesA + kBytesB;

__device__ __forceinline__ void Wgmma(float (&d)[128], uint64_t a, uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, "
      "%128, %129, 1, 1, 1, 0, %130;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]), "+f"(d[48]), "+f"(d[49]), "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]), "+f"(d[56]), "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63]), "+f"(d[64]), "+f"(d[65]), "+f"(d[66]), "+f"(d[67]), "+f"(d[68]), "+f"(d[69]), "+f"(d[70]), "+f"(d[71]), "+f"(d[72]), "+f"(d[73]), "+f"(d[74]), "+f"(d[75]), "+f"(d[76]), "+f"(d[77]), "+f"(d[78]), "+f"(d[79]), "+f"(d[80]), "+f"(d[81]), "+f"(d[82]), "+f"(d[83]), "+f"(d[84]), "+f"(d[85]), "+f"(d[86]), "+f"(d[87]), "+f"(d[88]), "+f"(d[89]), "+f"(d[90]), "+f"(d[91]), "+f"(d[92]), "+f"(d[93]), "+f"(d[94]), "+f"(d[95]), "+f"(d[96]), "+f"(d[97]), "+f"(d[98]), "+f"(d[99]), "+f"(d[100]), "+f"(d[101]), "+f"(d[102]), "+f"(d[103]), "+f"(d[104]), "+f"(d[105]), "+f"(d[106]), "+f"(d[107]), "+f"(d[108]), "+f"(d[109]), "+f"(d[110]), "+f"(d[111]), "+f"(d[112]), "+f"(d[113]), "+f"(d[114]), "+f"(d[115]), "+f"(d[116]), "+f"(d[117]), "+f"(d[118]), "+f"(d[119]), "+f"(d[120]), "+f"(d[121]), "+f"(d[122]), "+f"(d[123]), "+f"(d[124]), "+f"(d[125]), "+f"(d[126]), "+f"(d[127])
      : "l"(a), "l"(b), "n"(STAGED == 1 ? 0 : 1));
}

// Swizzle of 128 bytes; the start is a multiple of 1,024 plus a step inside.
__device__ __forceinline__ uint64_t Descriptor(unsigned address, unsigned leading, unsigned stride) {
  return static_cast<uint64_t>((address & 0x3FFFF) >> 4) | static_cast<uint64_t>(leading >> 4) << 16 |
         static_cast<uint64_t>(stride >> 4) << 32 | uint64_t{1} << 62;
}
__device__ __forceinline__ void Tensor3(unsigned to, const CUtensorMap* map, int x, int y, int z, unsigned bar) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5}], [%2];" ::"r"(to),
      "l"(map), "r"(bar), "r"(x), "r"(y), "r"(z) : "memory");
}

// x becomes [N, L + 2, C] with a row of zeros at both ends.
__global__ void __launch_bounds__(256) Stage(const __half* __restrict__ x, __half* __restrict__ staged, int channels, int length) {
  __shared__ unsigned tile[64][33];
  const int l0 = blockIdx.x * 64, c0 = blockIdx.y * 64;
  const int64_t batch = blockIdx.z;
#pragma unroll
  for (int i = threadIdx.x; i < 512; i += 256) {
    const int c = i / 8, l = i % 8 * 8;
    uint4 v = make_uint4(0, 0, 0, 0);
    if (c0 + c < channels && l0 + l < length)
      v = __ldg(reinterpret_cast<const uint4*>(x + (batch * channels + c0 + c) * length + l0 + l));
    tile[c][l / 2] = v.x, tile[c][l / 2 + 1] = v.y, tile[c][l / 2 + 2] = v.z, tile[c][l / 2 + 3] = v.w;
  }
  __syncthreads();
  __half* to = staged + batch * (length + 2) * channels + c0;
#pragma unroll
  for (int i = threadIdx.x; i < 512; i += 256) {
    const int l = i / 8, c = i % 8 * 8;
    unsigned v[4];
#pragma unroll
    for (int j = 0; j < 4; ++j)
      v[j] = __byte_perm(tile[c + 2 * j][l / 2], tile[c + 2 * j + 1][l / 2], l % 2 ? 0x7632 : 0x5410);
    if (c0 + c < channels && l0 + l < length)
      *reinterpret_cast<uint4*>(to + static_cast<int64_t>(l0 + l + 1) * channels + c) = make_uint4(v[0], v[1], v[2], v[3]);
  }
  if (blockIdx.x == 0 && threadIdx.x < 16) {
    const int c = threadIdx.x % 8 * 8;
    if (c0 + c < channels)
      *reinterpret_cast<uint4*>(to + static_cast<int64_t>(threadIdx.x < 8 ? 0 : length + 1) * channels + c) = make_uint4(0, 0, 0, 0);
  }
}

__global__ void __launch_bounds__(384, 1)
    Product(const __grid_constant__ CUtensorMap map_x, const __grid_constant__ CUtensorMap map_w,
            const __half* __restrict__ bias, __half* __restrict__ y, int batches, int channels, int outputs, int length) {
  extern __shared__ __align__(128) unsigned char memory[];
  const unsigned start = (Shared(memory) + 1023) & ~1023u;
  const unsigned bars = start + kDepth * kStageBytes;
  const int group = threadIdx.x / 128;
  const int tiles_o = (outputs + kM - 1) / kM, tiles_l = (length + kN - 1) / kN;
  const int tiles = tiles_o * tiles_l * batches, steps = (channels + kK - 1) / kK;
  if (threadIdx.x == 0) {
    for (int s = 0; s < kDepth; ++s) {
      InitBarrier(bars + s * 8, 1);
      InitBarrier(bars + 64 + s * 8, 2);
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    FenceAsync();
  }
  __syncthreads();
  int stage = 0;
  unsigned phase = 0;
  if (group == 2) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    if (threadIdx.x == 256) {
      for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        const int o = tile % tiles_o * kM, l = tile / tiles_o % tiles_l * kN, batch = tile / tiles_o / tiles_l;
        for (int c = 0; c < steps; ++c)
          for (int t = 0; t < 3; ++t) {
            Wait(bars + 64 + stage * 8, phase ^ 1);
            const unsigned to = start + stage * kStageBytes, bar = bars + stage * 8;
            Expect(bar, kStageBytes);
            Tensor3(to, &map_w, c * kK, o, t, bar);
            if constexpr (STAGED == 1) {
              Tensor3(to + kBytesA, &map_x, c * kK, l + t, batch, bar);
            } else
#pragma unroll
            for (int i = 0; i < kN / 64; ++i)
              Tensor3(to + kBytesA + i * 64 * kK * 2, &map_x, l + i * 64 + t - 1, c * kK, batch, bar);
            if (++stage == kDepth) stage = 0, phase ^= 1;
          }
      }
    }
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    const int thread = threadIdx.x % 128, lane = thread % 32, q = lane % 4;
    for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
      const int o0 = tile % tiles_o * kM, l0 = tile / tiles_o % tiles_l * kN, batch = tile / tiles_o / tiles_l;
      float acc[kN / 2];
#pragma unroll
      for (int i = 0; i < kN / 2; ++i) acc[i] = 0;
      int before = -1;
      for (int step = 0; step < steps * 3; ++step) {
        Wait(bars + stage * 8, phase);
        const unsigned from = start + stage * kStageBytes;
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
        for (int k = 0; k < kK / 16; ++k)
          Wgmma(acc, Descriptor(from + group * 64 * kK * 2 + k * 32, 16, 1024),
                STAGED == 1 ? Descriptor(from + kBytesA + k * 32, 16, 1024) : Descriptor(from + kBytesA + k * 2048, 64 * kK * 2, 1024));
        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
        if (before >= 0) {
          asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
          if (thread == 0) Arrive(bars + 64 + before * 8);
        }
        before = stage;
        if (++stage == kDepth) stage = 0, phase ^= 1;
      }
      asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
      if (thread == 0) Arrive(bars + 64 + before * 8);
#pragma unroll
      for (int h = 0; h < 2; ++h) {
        const int o = o0 + group * 64 + thread / 32 * 16 + lane / 4 + h * 8;
        const float shift = o < outputs ? __half2float(bias[o]) : 0.0f;
        __half* row = y + (static_cast<int64_t>(batch) * outputs + o) * length + l0;
#pragma unroll
        for (int j = 0; j < kN / 8; j += 4) {
          unsigned v[4];
#pragma unroll
          for (int i = 0; i < 4; ++i) {
            const __half2 two = __floats2half2_rn(acc[(j + i) * 4 + h * 2] + shift, acc[(j + i) * 4 + h * 2 + 1] + shift);
            v[i] = *reinterpret_cast<const unsigned*>(&two);
          }
          // A quad's 4 x 4 words change places: a lane gets 16 bytes of a row.
          const bool odd = q & 1, high = q & 2;
          unsigned s0 = __shfl_xor_sync(~0u, odd ? v[0] : v[1], 1), s1 = __shfl_xor_sync(~0u, odd ? v[2] : v[3], 1);
          if (odd) v[0] = s0, v[2] = s1; else v[1] = s0, v[3] = s1;
          s0 = __shfl_xor_sync(~0u, high ? v[0] : v[2], 2), s1 = __shfl_xor_sync(~0u, high ? v[1] : v[3], 2);
          if (high) v[0] = s0, v[1] = s1; else v[2] = s0, v[3] = s1;
          const int l = (j + q) * 8;
          if (o < outputs && l0 + l < length) *reinterpret_cast<uint4*>(row + l) = make_uint4(v[0], v[1], v[2], v[3]);
        }
      }
    }
  }
}

// ---- 96 channels of 200 positions, many samples ---------------------------------
// The weights stay in shared memory. A sample comes in one bulk copy; three
// warpgroups multiply 64 of its positions each, as transposed fragments in
// registers, with the weights: rows are positions, columns outputs. The outer
// taps' fragments are the middle one's, moved by one position between lanes. The
// last eight positions are a fourth warpgroup's, with mma. A warp does the copies.

constexpr int kSampleC = 96, kSampleL = 200, kPitch = kSampleL * 2, kSampleBytes = kSampleC * kPitch;
constexpr int kIn = LOADS, kOut = 4 - LOADS;
// Rows of 64 summed values, 128 bytes, swizzled: [tap, channel] is 4.5 of them.
constexpr int kWeightBlock = kSampleC * 128, kWeightBytes = 5 * kWeightBlock;

__global__ void PackSwizzled(const __half* w, __half* packed) {
  const int at = blockIdx.x * blockDim.x + threadIdx.x;
  const int o = at / 64 % kSampleC, k = at % 64, sum = at / 64 / kSampleC * 64 + k;
  const __half v = sum < 3 * kSampleC ? w[(o * kSampleC + sum % kSampleC) * 3 + sum / kSampleC] : __half(0.0f);
  packed[at - k + ((k / 8) ^ (o % 8)) * 8 + k % 8] = v;
}

__device__ __forceinline__ void StoreTransposed(unsigned address, unsigned r0, unsigned r1, unsigned r2, unsigned r3) {
  asm volatile("stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(address), "r"(r0), "r"(r1),
               "r"(r2), "r"(r3) : "memory");
}
// Volatile: at once, so that half as many registers wait.
__device__ __forceinline__ unsigned Halves(float low, float high) {
  unsigned two;
  asm volatile("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(two) : "f"(high), "f"(low));
  return two;
}
__device__ __forceinline__ void WaitAllBut1() { asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory"); }
__device__ __forceinline__ void WaitAll() { asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory"); }
// What leaves the L2 cache first: with HINT 1 what was read, with 2 what was written, with 3 both.
__device__ __forceinline__ uint64_t LeavesFirst() {
  uint64_t policy;
  asm("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(policy));
  return policy;
}
__device__ __forceinline__ void SampleIn(unsigned to, const __half* from, unsigned bar) {
  Expect(bar, kSampleBytes);
  if constexpr (HINT % 2 == 1)
    asm volatile(
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint [%0], [%1], %2, [%3], %4;" ::"r"(to),
        "l"(from), "r"(kSampleBytes), "r"(bar), "l"(LeavesFirst()) : "memory");
  else
    BulkIn(to, from, kSampleBytes, bar);
}
__device__ __forceinline__ void SampleOut(__half* to, unsigned from) {
  if constexpr (HINT >= 2) {
    asm volatile("cp.async.bulk.global.shared::cta.bulk_group.L2::cache_hint [%0], [%1], %2, %3;" ::"l"(to), "r"(from),
                 "r"(kSampleBytes), "l"(LeavesFirst()) : "memory");
    asm volatile("cp.async.bulk.commit_group;" ::: "memory");
  } else {
    BulkOut(to, from, kSampleBytes);
  }
}
__device__ __forceinline__ void WgmmaRows(float (&d)[48], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n96k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47}, "
      "{%48, %49, %50, %51}, %52, 1, 1, 1, 0;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
struct Fragments {
  unsigned v[3][4];
};
// Of four octets of positions in a row, in halves of eight channels, the two in
// the middle are the rows: at the position before, at their own, at the next.
__device__ __forceinline__ void Shift(Fragments& f, const unsigned (&p)[4], const unsigned (&n)[4]) {
  const int lane = threadIdx.x % 32, g = lane / 4, up = (lane + 28) % 32, down = (lane + 4) % 32;
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    f.v[0][2 * h] = __shfl_sync(~0u, g == 7 ? p[h] : p[2 + h], up);
    f.v[0][2 * h + 1] = __shfl_sync(~0u, g == 7 ? p[2 + h] : n[h], up);
    f.v[1][2 * h] = p[2 + h];
    f.v[1][2 * h + 1] = n[h];
    f.v[2][2 * h] = __shfl_sync(~0u, g == 0 ? n[h] : p[2 + h], down);
    f.v[2][2 * h + 1] = __shfl_sync(~0u, g == 0 ? n[2 + h] : n[h], down);
  }
}
// Sixteen channels, the k-th of six.
__device__ __forceinline__ void Multiply3(float (&acc)[48], const Fragments& f, unsigned weights, int k) {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
  for (int t = 0; t < 3; ++t) {
    const int step = t * 6 + k;
    WgmmaRows(acc, f.v[t], Descriptor(weights + step / 4 * kWeightBlock + step % 4 * 32, 16, 1024));
  }
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
__device__ __forceinline__ void Start(float (&acc)[48], const float* bias) {
#pragma unroll
  for (int j = 0; j < 12; ++j) {
    const float2 two = *reinterpret_cast<const float2*>(bias + j * 8);
    acc[4 * j] = acc[4 * j + 2] = two.x;
    acc[4 * j + 1] = acc[4 * j + 3] = two.y;
  }
}
// A product of 64 rows. `before` and `after` are this lane's rows of two pairs of octets.
__device__ __forceinline__ void Pass(float (&acc)[48], unsigned before, unsigned after, bool starts, bool ends, unsigned weights) {
  Fragments f[2];
#pragma unroll
  for (int k = 0; k < 6; ++k) {
    unsigned p[4], n[4];
    LoadTransposed(p, before + k * 16 * kPitch);
    LoadTransposed(n, after + k * 16 * kPitch);
    if (starts) p[0] = p[1] = 0;
    if (ends) n[0] = n[1] = n[2] = n[3] = 0;
    if (k >= 2) WaitAllBut1();
    Shift(f[k % 2], p, n);
    Multiply3(acc, f[k % 2], weights, k);
  }
}

__device__ __forceinline__ void LoadRows(uint4& to, unsigned address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to.x), "=r"(to.y), "=r"(to.z), "=r"(to.w) : "r"(address) : "memory");
}

__device__ __forceinline__ void Ahead(const Arguments& a, int item) {
  if constexpr (AHEAD == 1)
    asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(a.x + static_cast<int64_t>(item) * kSampleC * kSampleL),
                 "r"(kSampleBytes) : "memory");
}

__global__ void __launch_bounds__(512, 1) Samples(const Arguments a) {
  extern __shared__ __align__(128) unsigned char memory[];
  __shared__ __align__(8) uint64_t barriers[2 * (kIn + kOut) + 1];
  __shared__ __align__(16) float bias[kSampleC];
  const int group = __shfl_sync(~0u, static_cast<int>(threadIdx.x) / 128, 0), warp = threadIdx.x / 32 % 4;
  const int lane = threadIdx.x % 32, g = lane / 4, q = lane % 4, grid = gridDim.x;
  const int share = (a.batches + grid - 1) / grid, start = ORDER == 1 ? blockIdx.x * share : blockIdx.x;
  const int step = ORDER == 1 ? 1 : grid, end = ORDER == 1 ? min(a.batches, start + share) : a.batches;
  const unsigned weights = (Shared(memory) + 1023) & ~1023u, in = weights + kWeightBytes, out = in + kIn * kSampleBytes;
  const unsigned full = Shared(barriers), empty = full + kIn * 8, done = empty + kIn * 8, free = done + kOut * 8,
                 ready = free + kOut * 8;
  const auto load = [&](int item, int b) {
    SampleIn(in + b * kSampleBytes, a.x + static_cast<int64_t>(item) * kSampleC * kSampleL, full + b * 8);
  };
  // The first copies wait for nobody.
  if (threadIdx.x == 480) {
    for (int i = 0; i < kIn; ++i) {
      InitBarrier(full + i * 8, 1);
      InitBarrier(empty + i * 8, 15);
    }
    for (int i = 0; i < kOut; ++i) {
      InitBarrier(done + i * 8, 15);
      InitBarrier(free + i * 8, 1);
    }
    InitBarrier(ready, 1);
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    FenceAsync();
    if (start < end) load(start, 0);
    Expect(ready, kWeightBytes);
    BulkIn(weights, a.packed, kWeightBytes, ready);
    for (int b = 1, item = start + step; b < kIn && item < end; ++b, item += step) load(item, b);
    if (start + kIn * step < end) Ahead(a, start + kIn * step);
  }
  if (threadIdx.x < kSampleC) bias[threadIdx.x] = __half2float(a.bias[threadIdx.x]);
  __syncthreads();
  const auto row = [&](int octet) { return lane % 16 * kPitch + min(max(octet + lane / 16, 0), 24) * 16; };
  if (group == 3 && warp == 3) {
    if (lane == 0) {
      int turn = 0;
      for (int item = start; item < end; item += step, ++turn) {
        const int b = turn % kIn, to = turn % kOut;
        if (item + kIn * step < end) {
          Wait(empty + b * 8, turn / kIn % 2);
          load(item + kIn * step, b);
          if (item + (kIn + 1) * step < end) Ahead(a, item + (kIn + 1) * step);
        }
        Wait(done + to * 8, turn / kOut % 2);
        SampleOut(a.y + static_cast<int64_t>(item) * kSampleC * kSampleL, out + to * kSampleBytes);
        BulkWaitRead();
        Arrive(free + to * 8);
      }
      BulkWait();
    }
  } else if (group < 3) {
    const int octet = group * 8 + warp * 2;
    const unsigned before = in + row(octet - 1), after = in + row(octet + 1);
    const unsigned column = out + (lane % 8 + lane / 16 * 8) * kPitch + (octet + lane / 8 % 2) * 16;
    Wait(ready, 0);
    int turn = 0;
    for (int item = start; item < end; item += step, ++turn) {
      const int b = turn % kIn, to = turn % kOut;
      float acc[48];
      Start(acc, bias + q * 2);
      Wait(full + b * 8, turn / kIn % 2);
      Pass(acc, before + b * kSampleBytes, after + b * kSampleBytes, octet == 0, false, weights);
      __syncwarp();
      if (lane == 0) Arrive(empty + b * 8);
      WaitAll();
      Wait(free + to * 8, (turn / kOut + 1) % 2);
#pragma unroll
      for (int j = 0; j < 12; j += 2)
        StoreTransposed(column + to * kSampleBytes + j * 8 * kPitch, Halves(acc[4 * j], acc[4 * j + 1]),
                        Halves(acc[4 * j + 2], acc[4 * j + 3]), Halves(acc[4 * j + 4], acc[4 * j + 5]),
                        Halves(acc[4 * j + 6], acc[4 * j + 7]));
      FenceAsync();
      __syncwarp();
      if (lane == 0) Arrive(done + to * 8);
    }
  } else {
    // Rows are outputs, two times 16 to a warp; columns the last octet. A sum
    // per tap: chains that do not wait for each other.
    const int up = (lane + 28) % 32, down = (lane + 4) % 32;
    const unsigned from = in + row(23);
    const unsigned rows = weights + (warp * 32 + lane % 16) * 128 + ((lane / 16) ^ (lane % 8)) * 16;
    const unsigned column = out + (warp * 32 + g) * kPitch + 24 * 16 + q * 4;
    const float* shift = bias + warp * 32 + g;
    Wait(ready, 0);
    int turn = 0;
    for (int item = start; item < end; item += step, ++turn) {
      const int b = turn % kIn, to = turn % kOut;
      float c[2][3][4] = {{{shift[0], shift[0], shift[8], shift[8]}}, {{shift[16], shift[16], shift[24], shift[24]}}};
      Wait(full + b * 8, turn / kIn % 2);
#pragma unroll
      for (int k = 0; k < 6; ++k) {
        unsigned p[4], x[3][2];
        LoadTransposed(p, from + b * kSampleBytes + k * 16 * kPitch);
#pragma unroll
        for (int h = 0; h < 2; ++h) {
          x[0][h] = __shfl_sync(~0u, g == 7 ? p[h] : p[2 + h], up);
          x[1][h] = p[2 + h];
          x[2][h] = __shfl_sync(~0u, g == 0 ? 0u : p[2 + h], down);
        }
#pragma unroll
        for (int t = 0; t < 3; ++t) {
          const int at = t * 6 + k;
          const unsigned w = (rows ^ at % 4 * 32) + at / 4 * kWeightBlock;
#pragma unroll
          for (int i = 0; i < 2; ++i) {
            uint4 v;
            LoadRows(v, w + i * 16 * 128);
            Multiply(c[i][t], v, x[t][0], x[t][1]);
          }
        }
      }
      __syncwarp();
      if (lane == 0) Arrive(empty + b * 8);
#pragma unroll
      for (int i = 0; i < 2; ++i)
#pragma unroll
        for (int e = 0; e < 4; ++e) c[i][0][e] += c[i][1][e] + c[i][2][e];
      Wait(free + to * 8, (turn / kOut + 1) % 2);
#pragma unroll
      for (int i = 0; i < 4; ++i)
        asm volatile("st.shared.b32 [%0], %1;" ::"r"(column + to * kSampleBytes + i * 8 * kPitch),
                     "r"(Halves(c[i / 2][0][i % 2 * 2], c[i / 2][0][i % 2 * 2 + 1])) : "memory");
      FenceAsync();
      __syncwarp();
      if (lane == 0) Arrive(done + to * 8);
    }
  }
}

// Any shape: many channels that are not aligned.
__global__ void Plain(Arguments a) {
  const int64_t at = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (at >= static_cast<int64_t>(a.batches) * a.outputs * a.length) return;
  const int l = at % a.length, o = at / a.length % a.outputs;
  const int64_t batch = at / a.length / a.outputs;
  float sum = __half2float(a.bias[o]);
  for (int c = 0; c < a.channels; ++c)
    for (int t = 0; t < 3; ++t)
      if (l + t >= 1 && l + t <= a.length)
        sum += __half2float(a.w[(static_cast<int64_t>(o) * a.channels + c) * 3 + t]) *
               __half2float(a.x[(batch * a.channels + c) * a.length + l + t - 1]);
  a.y[at] = __float2half_rn(sum);
}

Arguments From(const ke_call* call) {
  Arguments a{};
  const ke_tensor &x = call->inputs[0], &w = call->inputs[1];
  a.x = static_cast<const __half*>(x.data);
  a.w = static_cast<const __half*>(w.data);
  a.bias = static_cast<const __half*>(call->inputs[2].data);
  a.y = static_cast<__half*>(call->outputs[0].data);
  a.packed = call->state;
  a.batches = static_cast<int>(x.shape[0]);
  a.channels = static_cast<int>(x.shape[1]);
  a.length = static_cast<int>(x.shape[2]);
  a.outputs = static_cast<int>(w.shape[0]);
  return a;
}

bool IsSamples(const Arguments& a) {
  return a.channels == kSampleC && a.outputs == kSampleC && a.length == kSampleL && a.batches >= WHOLE_FROM;
}
bool IsFew(const Arguments& a) { return a.channels <= 16 * kMaxSteps; }
bool IsProduct(const Arguments& a) { return !IsFew(a) && a.length % 8 == 0 && a.channels % 8 == 0; }

template <int STEPS, Mode MODE>
int LaunchRows(const Arguments& a, cudaStream_t stream) {
  const int tiles = (a.outputs + 15) / 16;
  const int groups = (tiles + kMaxWarps - 1) / kMaxWarps, warps = (tiles + groups - 1) / groups;
  const int items = a.batches * a.parts;
  const int blocks = MODE == kElements || items < BLOCKS ? items : BLOCKS;
  const int stages = MODE == kElements ? 1 : 2;
  const int bytes = 128 + stages * a.stage_bytes + (MODE == kWhole ? warps * 16 * a.pitch : 0) + 64;
  const auto kernel = Rows<STEPS, MODE>;
  const cudaError_t error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  if (error != cudaSuccess) return static_cast<int>(error);
  kernel<<<dim3(blocks, groups), warps * 32, bytes, stream>>>(a);
  return static_cast<int>(cudaGetLastError());
}

int LaunchSamples(const Arguments& a, cudaStream_t stream) {
  const int bytes = 1024 + kWeightBytes + 4 * kSampleBytes;
  const cudaError_t error = cudaFuncSetAttribute(Samples, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  if (error != cudaSuccess) return static_cast<int>(error);
  Samples<<<a.batches < GRID ? a.batches : GRID, 512, bytes, stream>>>(a);
  return static_cast<int>(cudaGetLastError());
}

template <int STEPS>
int LaunchMode(Arguments a, cudaStream_t stream) {
  const int tiles = (a.outputs + 15) / 16;
  a.pitch = a.length * 2;
  a.stage_bytes = STEPS * 16 * a.pitch;
  a.parts = 1;
  a.segment = a.length;
  // Odd multiples of 16 bytes keep eight rows in different banks.
  if (a.length % 16 == 8 && a.batches >= WHOLE_FROM && tiles <= kMaxWarps &&
      2 * a.stage_bytes + tiles * 16 * a.pitch <= 220000)
    return LaunchRows<STEPS, kWhole>(a, stream);
  a.segment = SEGMENT;
  a.parts = (a.length + a.segment - 1) / a.segment;
  a.pitch = ((a.segment + 24) / 8 | 1) * 16;
  a.stage_bytes = STEPS * 16 * a.pitch;
  if (a.length % 8 == 0) return LaunchRows<STEPS, kRows>(a, stream);
  return LaunchRows<STEPS, kElements>(a, stream);
}

using Encode = CUresult (*)(CUtensorMap*, CUtensorMapDataType, cuuint32_t, void*, const cuuint64_t*, const cuuint64_t*,
                            const cuuint32_t*, const cuuint32_t*, CUtensorMapInterleave, CUtensorMapSwizzle,
                            CUtensorMapL2promotion, CUtensorMapFloatOOBfill);

bool MakeMap(Encode encode, CUtensorMap* map, const void* base, int64_t d0, int64_t d1, int64_t d2, unsigned b0, unsigned b1) {
  const cuuint64_t dims[3] = {static_cast<cuuint64_t>(d0), static_cast<cuuint64_t>(d1), static_cast<cuuint64_t>(d2)};
  const cuuint64_t strides[2] = {static_cast<cuuint64_t>(d0 * 2), static_cast<cuuint64_t>(d0 * d1 * 2)};
  const cuuint32_t box[3] = {b0, b1, 1}, ones[3] = {1, 1, 1};
  return encode(map, CU_TENSOR_MAP_DATA_TYPE_FLOAT16, 3, const_cast<void*>(base), dims, strides, box, ones,
                CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
                CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

int LaunchProduct(const Arguments& a, __half* workspace, cudaStream_t stream) {
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult found;
  const cudaError_t error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &entry, 12000, cudaEnableDefault, &found);
  if (error != cudaSuccess || entry == nullptr) return 1;
  const auto encode = reinterpret_cast<Encode>(entry);
  alignas(64) CUtensorMap map_x, map_w;
  if constexpr (STAGED == 1) {
    if (!MakeMap(encode, &map_x, workspace, a.channels, a.length + 2, a.batches, kK, kN)) return 2;
    Stage<<<dim3((a.length + 63) / 64, (a.channels + 63) / 64, a.batches), 256, 0, stream>>>(a.x, workspace, a.channels, a.length);
  } else {
    if (!MakeMap(encode, &map_x, a.x, a.length, a.channels, a.batches, 64, kK)) return 2;
  }
  if (!MakeMap(encode, &map_w, a.packed, a.channels, a.outputs, 3, kK, kM))
    return 2;
  const int bytes = kDepth * kStageBytes + 1024 + 128;
  const int64_t tiles = int64_t{(a.outputs + kM - 1) / kM} * ((a.length + kN - 1) / kN) * a.batches;
  cudaFuncSetAttribute(Product, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  Product<<<static_cast<unsigned>(tiles < 132 ? tiles : 132), 384, bytes, stream>>>(
      map_x, map_w, a.bias, a.y, a.batches, a.channels, a.outputs, a.length);
  return static_cast<int>(cudaGetLastError());
}

}  // namespace

extern "C" int ke_setup(const ke_call* call, void** state) {
  const Arguments a = From(call);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  if (IsSamples(a)) {
    if (cudaMalloc(state, kWeightBytes) != cudaSuccess) return 1;
    PackSwizzled<<<kWeightBytes / 2 / 128, 128, 0, stream>>>(a.w, static_cast<__half*>(*state));
  } else if (IsFew(a)) {
    const int steps = (a.channels + 15) / 16, total = (a.outputs + 15) / 16 * steps * 96;
    if (cudaMalloc(state, total * sizeof(uint4)) != cudaSuccess) return 1;
    PackFragments<<<(total + 127) / 128, 128, 0, stream>>>(a.w, static_cast<uint4*>(*state), a.channels, a.outputs, steps, total);
  } else {
    const int64_t count = static_cast<int64_t>(a.outputs) * a.channels;
    if (cudaMalloc(state, static_cast<size_t>(count) * 6) != cudaSuccess) return 1;
    PackTaps<<<static_cast<unsigned>((count + 255) / 256), 256, 0, stream>>>(a.w, static_cast<__half*>(*state), count);
  }
  return static_cast<int>(cudaGetLastError());
}

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  const Arguments a = From(call);
  return STAGED == 1 && IsProduct(a) ? static_cast<uint64_t>(a.batches) * (a.length + 2) * a.channels * 2 : 0;
}

extern "C" void ke_teardown(void* state) { cudaFree(state); }

extern "C" int ke_run(const ke_call* call) {
  const Arguments a = From(call);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  if (IsSamples(a)) return LaunchSamples(a, stream);
  if (IsProduct(a)) return LaunchProduct(a, static_cast<__half*>(call->workspace), stream);
  if (!IsFew(a)) {
    const int64_t total = static_cast<int64_t>(a.batches) * a.outputs * a.length;
    Plain<<<static_cast<unsigned>((total + 255) / 256), 256, 0, stream>>>(a);
    return static_cast<int>(cudaGetLastError());
  }
  switch ((a.channels + 15) / 16) {
    case 1: return LaunchMode<1>(a, stream);
    case 2: return LaunchMode<2>(a, stream);
    case 3: return LaunchMode<3>(a, stream);
    case 4: return LaunchMode<4>(a, stream);
    case 5: return LaunchMode<5>(a, stream);
    default: return LaunchMode<6>(a, stream);
  }
}
