// ke:recipe rmsnorm_backward
// ke:summary both gradients of rmsnorm in one trip to memory: a block walks rows with its columns in registers and keeps a partial gradient of the weight; a second kernel adds the partials in a fixed order
// ke:input grad_y float [..., C]
// ke:input x float [..., C]
// ke:input weight float [C]
// ke:output grad_x float [..., C]
// ke:output grad_weight float [C]
// ke:attribute eps
// ke:calls sqrt
// ke:tune THREADS = 512 in {128, 256, 512, 1024}
// ke:tune BLOCKS = 264 in {132, 264, 528}
// ke:tune FOLD = 16 in {4, 8, 16, 32}
#include <cstdint>

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

// ke:bindings

namespace {

constexpr int kThreads = THREADS;
// Elements of a 16-byte access.
constexpr int kWide = 16 / static_cast<int>(sizeof(Real));

template <int WIDTH>
struct alignas(WIDTH * sizeof(Real)) Pack {
  Real at[WIDTH];
};

[[maybe_unused]] __device__ float ToFloat(float value) { return value; }
[[maybe_unused]] __device__ float ToFloat(__half value) { return __half2float(value); }
[[maybe_unused]] __device__ float ToFloat(__nv_bfloat16 value) {
  return __bfloat162float(value);
}
[[maybe_unused]] __device__ void Set(float& to, float value) { to = value; }
[[maybe_unused]] __device__ void Set(__half& to, float value) { to = __float2half_rn(value); }
[[maybe_unused]] __device__ void Set(__nv_bfloat16& to, float value) {
  to = __float2bfloat16_rn(value);
}

struct Arguments {
  const Real *grad_y, *x, *weight;
  Real *grad_x, *grad_weight;
  float* partials;
  int64_t rows, cols;
  float eps;
};

struct Two {
  float squares, dot;
};

// Both sums over the block; every thread gets them.
__device__ Two Reduce(Two value) {
  __shared__ Two parts[32];
  const int lane = threadIdx.x % 32, warps = blockDim.x / 32;
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value.squares += __shfl_xor_sync(~0u, value.squares, distance);
    value.dot += __shfl_xor_sync(~0u, value.dot, distance);
  }
  if (warps == 1) return value;
  __syncthreads();  // The parts of the last reduction were read.
  if (lane == 0) parts[threadIdx.x / 32] = value;
  __syncthreads();
  value = lane < warps ? parts[lane] : Two{0, 0};
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value.squares += __shfl_xor_sync(~0u, value.squares, distance);
    value.dot += __shfl_xor_sync(~0u, value.dot, distance);
  }
  return value;
}

template <int WIDTH>
__device__ void Load(float (&v)[WIDTH], const Real* row, int64_t column,
                     int64_t cols) {
  Pack<WIDTH> pack;
  if (column < cols)
    pack = *reinterpret_cast<const Pack<WIDTH>*>(row + column);
#pragma unroll
  for (int i = 0; i < WIDTH; ++i)
    v[i] = column < cols ? ToFloat(pack.at[i]) : 0.0f;
}

template <int WIDTH>
__device__ void Store(Real* row, const float (&v)[WIDTH], int64_t column,
                      int64_t cols) {
  Pack<WIDTH> pack;
#pragma unroll
  for (int i = 0; i < WIDTH; ++i) Set(pack.at[i], v[i]);
  if (column < cols) *reinterpret_cast<Pack<WIDTH>*>(row + column) = pack;
}

template <int WIDTH, int PACKS>
__global__ void __launch_bounds__(kThreads) WholeRows(Arguments a) {
  float weight[PACKS][WIDTH], total[PACKS][WIDTH];
  int64_t column[PACKS];
#pragma unroll
  for (int p = 0; p < PACKS; ++p) {
    column[p] = (static_cast<int64_t>(p) * blockDim.x + threadIdx.x) * WIDTH;
    Load<WIDTH>(weight[p], a.weight, column[p], a.cols);
#pragma unroll
    for (int i = 0; i < WIDTH; ++i) total[p][i] = 0;
  }
  const float count = static_cast<float>(a.cols);
  for (int64_t row = blockIdx.x; row < a.rows; row += gridDim.x) {
    float g[PACKS][WIDTH], x[PACKS][WIDTH];
#pragma unroll
    for (int p = 0; p < PACKS; ++p) {
      Load<WIDTH>(g[p], a.grad_y + row * a.cols, column[p], a.cols);
      Load<WIDTH>(x[p], a.x + row * a.cols, column[p], a.cols);
    }
    Two sums = {0, 0};
#pragma unroll
    for (int p = 0; p < PACKS; ++p)
#pragma unroll
      for (int i = 0; i < WIDTH; ++i) {
        sums.squares += x[p][i] * x[p][i];
        sums.dot += g[p][i] * weight[p][i] * x[p][i];
      }
    sums = Reduce(sums);
    const float scale = rsqrtf(sums.squares / count + a.eps);
    const float pull = sums.dot / count * scale * scale;
#pragma unroll
    for (int p = 0; p < PACKS; ++p) {
#pragma unroll
      for (int i = 0; i < WIDTH; ++i) {
        total[p][i] += g[p][i] * x[p][i] * scale;
        g[p][i] = (g[p][i] * weight[p][i] - x[p][i] * pull) * scale;
      }
      Store<WIDTH>(a.grad_x + row * a.cols, g[p], column[p], a.cols);
    }
  }
  float* partial = a.partials + blockIdx.x * a.cols;
#pragma unroll
  for (int p = 0; p < PACKS; ++p)
#pragma unroll
    for (int i = 0; i < WIDTH; ++i)
      if (column[p] < a.cols) partial[column[p] + i] = total[p][i];
}

// Rows too long for registers are read again, and the partial gradient lives
// in the workspace; a thread keeps to its own columns.
__global__ void __launch_bounds__(kThreads) LongRows(Arguments a) {
  const float count = static_cast<float>(a.cols);
  float* partial = a.partials + blockIdx.x * a.cols;
  for (int64_t c = threadIdx.x; c < a.cols; c += blockDim.x) partial[c] = 0;
  for (int64_t row = blockIdx.x; row < a.rows; row += gridDim.x) {
    const Real* grad_y = a.grad_y + row * a.cols;
    const Real* x = a.x + row * a.cols;
    Two sums = {0, 0};
    for (int64_t c = threadIdx.x; c < a.cols; c += blockDim.x) {
      const float v = ToFloat(x[c]);
      sums.squares += v * v;
      sums.dot += ToFloat(grad_y[c]) * ToFloat(a.weight[c]) * v;
    }
    sums = Reduce(sums);
    const float scale = rsqrtf(sums.squares / count + a.eps);
    const float pull = sums.dot / count * scale * scale;
    for (int64_t c = threadIdx.x; c < a.cols; c += blockDim.x) {
      const float g = ToFloat(grad_y[c]), v = ToFloat(x[c]);
      partial[c] += g * v * scale;
      Set(a.grad_x[row * a.cols + c],
          (g * ToFloat(a.weight[c]) - v * pull) * scale);
    }
  }
}

__global__ void __launch_bounds__(32 * FOLD) Fold(Arguments a, int count) {
  __shared__ float parts[FOLD][32];
  const int64_t column = static_cast<int64_t>(blockIdx.x) * 32 + threadIdx.x;
  float total = 0;
  if (column < a.cols)
    for (int64_t row = threadIdx.y; row < count; row += FOLD)
      total += a.partials[row * a.cols + column];
  parts[threadIdx.y][threadIdx.x] = total;
  __syncthreads();
  if (threadIdx.y != 0 || column >= a.cols) return;
  for (int i = 1; i < FOLD; ++i) total += parts[i][threadIdx.x];
  Set(a.grad_weight[column], total);
}

// Threads that a row keeps busy, in whole warps.
int ThreadsFor(int64_t cols) {
  const int64_t accesses = cols % kWide == 0 ? cols / kWide : cols;
  const int64_t warps = (accesses + 31) / 32;
  return warps * 32 < kThreads ? static_cast<int>(warps * 32) : kThreads;
}

int BlocksFor(int64_t rows, int64_t cols) {
  const int64_t blocks = int64_t{BLOCKS} * (kThreads / ThreadsFor(cols));
  return static_cast<int>(rows < blocks ? rows : blocks);
}

int64_t RowsOf(const ke_tensor& x) {
  int64_t rows = 1;
  for (int i = 0; i + 1 < x.rank; ++i) rows *= x.shape[i];
  return rows;
}

template <int WIDTH, int PACKS>
bool Fits(const Arguments& a, int blocks, int threads, cudaStream_t stream) {
  // Four numbers per element live in registers.
  constexpr int kMost = kThreads > 512 ? 8 : 16;
  if constexpr (WIDTH * PACKS <= kMost && PACKS <= 8) {
    if (a.cols > static_cast<int64_t>(threads) * WIDTH * PACKS) return false;
    WholeRows<WIDTH, PACKS><<<blocks, threads, 0, stream>>>(a);
    return true;
  }
  return false;
}

template <int WIDTH>
void Launch(const Arguments& a, int blocks, int threads, cudaStream_t stream) {
  if (Fits<WIDTH, 1>(a, blocks, threads, stream) ||
      Fits<WIDTH, 2>(a, blocks, threads, stream) ||
      Fits<WIDTH, 4>(a, blocks, threads, stream) ||
      Fits<WIDTH, 8>(a, blocks, threads, stream))
    return;
  LongRows<<<blocks, threads, 0, stream>>>(a);
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const int64_t cols = x.shape[x.rank - 1];
  return static_cast<uint64_t>(BlocksFor(RowsOf(x), cols) * cols * 4);
}

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  Arguments a{};
  a.grad_y = static_cast<const Real*>(call->inputs[IN_grad_y].data);
  a.x = static_cast<const Real*>(x.data);
  a.weight = static_cast<const Real*>(call->inputs[IN_weight].data);
  a.grad_x = static_cast<Real*>(call->outputs[OUT_grad_x].data);
  a.grad_weight = static_cast<Real*>(call->outputs[OUT_grad_weight].data);
  a.partials = static_cast<float*>(call->workspace);
  a.rows = RowsOf(x);
  a.cols = x.shape[x.rank - 1];
  a.eps = static_cast<float>(call->attributes[ATTR_eps]);
  if (a.rows == 0 || a.cols == 0) return 0;
  const auto stream = static_cast<cudaStream_t>(call->stream);
  const int threads = ThreadsFor(a.cols), blocks = BlocksFor(a.rows, a.cols);
  if (a.cols % kWide == 0)
    Launch<kWide>(a, blocks, threads, stream);
  else
    Launch<1>(a, blocks, threads, stream);
  const auto folds = static_cast<unsigned>((a.cols + 31) / 32);
  Fold<<<folds, dim3(32, FOLD), 0, stream>>>(a, blocks);
  return static_cast<int>(cudaGetLastError());
}
