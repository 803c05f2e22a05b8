// ke:recipe matmul
// ke:summary c = a b, batched: tensor cores by mma.sync for 16-bit types, fused multiply-adds for f32; tiles staged through shared memory and walked in groups of rows
// ke:input a float [..., M, K]
// ke:input b float [..., K, N]
// ke:output c float [..., M, N]
// ke:tune BLOCK_M = 128 in {64, 128}
// ke:tune BLOCK_N = 128 in {64, 128, 256} when REAL_BYTES == 2 or BLOCK_N <= 128
// ke:tune WARPS_M = 2 in {1, 2, 4} when WARPS_M * WARPS_N <= 8 and WARPS_M * WARPS_N >= 4
// ke:tune WARPS_N = 4 in {1, 2, 4} when BLOCK_M * BLOCK_N <= 4096 * WARPS_M * WARPS_N
// ke:tune STAGES = 4 in {2, 3, 4, 5} when STAGES * (BLOCK_M * 40 + 32 * (BLOCK_N + 8)) * 2 <= 196608
// ke:tune GROUP = 8 in {1, 4, 8, 16}
#include <cstdint>
#include <type_traits>

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

// ke:bindings

namespace {

constexpr int kM = BLOCK_M, kN = BLOCK_N;

struct Arguments {
  const Real *a, *b;
  Real* c;
  int64_t batches, m, n, k;
};

struct Origin {
  int64_t row, column;
};

// Tiles in the order of groups of rows: neighbours share operands in L2.
__device__ Origin Place(const Arguments& x) {
  const int64_t tiles_m = (x.m + kM - 1) / kM, tiles_n = (x.n + kN - 1) / kN;
  const int64_t first = blockIdx.x / (GROUP * tiles_n) * GROUP;
  const int64_t height = tiles_m - first < GROUP ? tiles_m - first : GROUP;
  const int64_t within = blockIdx.x % (GROUP * tiles_n);
  return {(first + within % height) * kM, within / height * kN};
}

// ---- 16-bit types: mma.sync

// Depth of a stage; rows of the stages are padded against bank conflicts.
constexpr int kK = 32, kRowA = kK + 8, kRowB = kN + 8;
constexpr int kThreads = 32 * WARPS_M * WARPS_N;
constexpr int kStage = kM * kRowA + kK * kRowB;
constexpr int kWarpM = kM / WARPS_M, kWarpN = kN / WARPS_N;

[[maybe_unused]] __device__ void CopyAsync(void* to, const void* from,
                                           bool inside) {
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(to));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(address),
               "l"(from), "r"(inside ? 16 : 0));
}
[[maybe_unused]] __device__ void Commit() {
  asm volatile("cp.async.commit_group;");
}
template <int LEFT>
__device__ void Wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(LEFT));
}

[[maybe_unused]] __device__ void LoadMatrices(unsigned (&to)[4],
                                              const void* from) {
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(from));
  asm volatile(
      "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
      : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
      : "r"(address));
}
[[maybe_unused]] __device__ void LoadTransposed(unsigned (&to)[4],
                                                const void* from) {
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(from));
  asm volatile(
      "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
      : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
      : "r"(address));
}

template <typename T>
__device__ void Multiply(float (&c)[4], const unsigned (&a)[4], unsigned b0,
                         unsigned b1) {
  if constexpr (std::is_same_v<T, __half>)
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, "
        "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  else
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, "
        "%3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Rows × WIDTH elements of a matrix into shared memory, zeros outside of it.
// ALIGNED: its rows begin at multiples of 16 bytes.
template <bool ALIGNED, int ROWS, int WIDTH, int ROW, typename T>
__device__ void Fetch(T* to, const T* from, int64_t row, int64_t column,
                      int64_t rows, int64_t columns) {
  constexpr int kStep = ALIGNED ? 8 : 1;
  for (int i = threadIdx.x; i < ROWS * WIDTH / kStep; i += kThreads) {
    const int r = i / (WIDTH / kStep), c = i % (WIDTH / kStep) * kStep;
    const bool inside = row + r < rows && column + c < columns;
    const T* source =
        inside ? from + (row + r) * columns + column + c : from;
    if constexpr (ALIGNED)
      CopyAsync(to + r * ROW + c, source, inside);
    else
      to[r * ROW + c] = inside ? *source : T(0.0f);
  }
}

template <typename T>
__device__ void StepOfTile(float (&acc)[kWarpM / 16][kWarpN / 8][4],
                           const T* stage, int warp_m, int warp_n) {
  const int lane = threadIdx.x % 32;
  const T* a = stage + (warp_m * kWarpM + lane % 16) * kRowA + lane / 16 * 8;
  const T* b = stage + kM * kRowA + lane % 16 * kRowB + warp_n * kWarpN +
               lane / 16 * 8;
#pragma unroll
  for (int k = 0; k < kK; k += 16) {
    unsigned left[kWarpM / 16][4];
#pragma unroll
    for (int i = 0; i < kWarpM / 16; ++i)
      LoadMatrices(left[i], a + i * 16 * kRowA + k);
#pragma unroll
    for (int j = 0; j < kWarpN / 16; ++j) {
      unsigned right[4];
      LoadTransposed(right, b + k * kRowB + j * 16);
#pragma unroll
      for (int i = 0; i < kWarpM / 16; ++i) {
        Multiply<T>(acc[i][2 * j], left[i], right[0], right[1]);
        Multiply<T>(acc[i][2 * j + 1], left[i], right[2], right[3]);
      }
    }
  }
}

template <bool ALIGNED, typename T>
__global__ void __launch_bounds__(kThreads) TensorProduct(Arguments x) {
  extern __shared__ __align__(16) unsigned char memory[];
  T* stages = reinterpret_cast<T*>(memory);
  const Origin at = Place(x);
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int warp_m = warp / WARPS_N, warp_n = warp % WARPS_N;
  const int64_t steps = (x.k + kK - 1) / kK;
  for (int64_t batch = blockIdx.y; batch < x.batches; batch += gridDim.y) {
    const T* a = x.a + batch * x.m * x.k;
    const T* b = x.b + batch * x.k * x.n;
    const auto fetch = [&](int64_t step) {
      T* stage = stages + step % STAGES * kStage;
      if (step < steps) {
        Fetch<ALIGNED, kM, kK, kRowA>(stage, a, at.row, step * kK, x.m, x.k);
        Fetch<ALIGNED, kK, kN, kRowB>(stage + kM * kRowA, b, step * kK,
                                      at.column, x.k, x.n);
      }
      Commit();
    };
    float acc[kWarpM / 16][kWarpN / 8][4] = {};
    __syncthreads();  // The stages of the last batch were read.
    for (int step = 0; step < STAGES - 1; ++step) fetch(step);
    for (int64_t step = 0; step < steps; ++step) {
      Wait<STAGES - 2>();
      __syncthreads();
      fetch(step + STAGES - 1);
      StepOfTile<T>(acc, stages + step % STAGES * kStage, warp_m, warp_n);
    }
    T* c = x.c + batch * x.m * x.n;
#pragma unroll
    for (int i = 0; i < kWarpM / 16; ++i)
#pragma unroll
      for (int j = 0; j < kWarpN / 8; ++j)
#pragma unroll
        for (int e = 0; e < 4; ++e) {
          const int64_t row =
              at.row + warp_m * kWarpM + i * 16 + lane / 4 + e / 2 * 8;
          const int64_t column =
              at.column + warp_n * kWarpN + j * 8 + lane % 4 * 2 + e % 2;
          if (row < x.m && column < x.n)
            c[row * x.n + column] = T(acc[i][j][e]);
        }
  }
}

// ---- f32: every thread a strip of rows by a strip of columns

[[maybe_unused]] constexpr int kDepth = 16, kSide = 16;
[[maybe_unused]] constexpr int kRows = kM / kSide, kColumns = kN / kSide;

template <typename T>
__global__ void __launch_bounds__(kSide* kSide) PlainProduct(Arguments x) {
  __shared__ float left[kDepth][kM + 4], right[kDepth][kN];
  const Origin at = Place(x);
  const int tx = threadIdx.x % kSide, ty = threadIdx.x / kSide;
  for (int64_t batch = blockIdx.y; batch < x.batches; batch += gridDim.y) {
    const T* a = x.a + batch * x.m * x.k;
    const T* b = x.b + batch * x.k * x.n;
    float acc[kRows][kColumns] = {};
    for (int64_t k0 = 0; k0 < x.k; k0 += kDepth) {
      __syncthreads();  // The last step's tiles were read.
      for (int i = threadIdx.x; i < kM * kDepth; i += kSide * kSide) {
        const int64_t row = at.row + i / kDepth, k = k0 + i % kDepth;
        left[i % kDepth][i / kDepth] =
            row < x.m && k < x.k ? static_cast<float>(a[row * x.k + k]) : 0.0f;
      }
      for (int i = threadIdx.x; i < kDepth * kN; i += kSide * kSide) {
        const int64_t k = k0 + i / kN, column = at.column + i % kN;
        right[i / kN][i % kN] = k < x.k && column < x.n
                                    ? static_cast<float>(b[k * x.n + column])
                                    : 0.0f;
      }
      __syncthreads();
#pragma unroll
      for (int k = 0; k < kDepth; ++k) {
        float one[kRows], other[kColumns];
#pragma unroll
        for (int i = 0; i < kRows; ++i) one[i] = left[k][ty * kRows + i];
#pragma unroll
        for (int j = 0; j < kColumns; ++j) other[j] = right[k][tx + j * kSide];
#pragma unroll
        for (int i = 0; i < kRows; ++i)
#pragma unroll
          for (int j = 0; j < kColumns; ++j)
            acc[i][j] = fmaf(one[i], other[j], acc[i][j]);
      }
    }
    T* c = x.c + batch * x.m * x.n;
#pragma unroll
    for (int i = 0; i < kRows; ++i)
#pragma unroll
      for (int j = 0; j < kColumns; ++j) {
        const int64_t row = at.row + ty * kRows + i;
        const int64_t column = at.column + tx + j * kSide;
        if (row < x.m && column < x.n) c[row * x.n + column] = T(acc[i][j]);
      }
  }
}

template <typename T>
int Launch(const Arguments& x, dim3 grid, cudaStream_t stream) {
  if constexpr (sizeof(T) == 4) {
    PlainProduct<T><<<grid, kSide * kSide, 0, stream>>>(x);
  } else {
    const bool aligned = x.k % 8 == 0 && x.n % 8 == 0;
    const auto kernel =
        aligned ? TensorProduct<true, T> : TensorProduct<false, T>;
    constexpr int kBytes = STAGES * kStage * static_cast<int>(sizeof(T));
    const cudaError_t raised = cudaFuncSetAttribute(
        reinterpret_cast<const void*>(kernel),
        cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
    if (raised != cudaSuccess) return static_cast<int>(raised);
    kernel<<<grid, kThreads, kBytes, stream>>>(x);
  }
  return static_cast<int>(cudaGetLastError());
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& a = call->inputs[IN_a];
  const ke_tensor& b = call->inputs[IN_b];
  Arguments x{};
  x.a = static_cast<const Real*>(a.data);
  x.b = static_cast<const Real*>(b.data);
  x.c = static_cast<Real*>(call->outputs[OUT_c].data);
  x.m = a.shape[a.rank - 2];
  x.k = a.shape[a.rank - 1];
  x.n = b.shape[b.rank - 1];
  x.batches = 1;
  for (int i = 0; i + 2 < a.rank; ++i) x.batches *= a.shape[i];
  if (x.batches * x.m * x.n == 0) return 0;
  const int64_t tiles = ((x.m + kM - 1) / kM) * ((x.n + kN - 1) / kN);
  const dim3 grid(static_cast<unsigned>(tiles),
                  static_cast<unsigned>(x.batches < 65535 ? x.batches : 65535));
  return Launch<Real>(x, grid, static_cast<cudaStream_t>(call->stream));
}
