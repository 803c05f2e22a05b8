// Whole tiles go to the tensor cores, which keep eleven bits of each factor; the
// edges are exact.
#include <cuda_runtime.h>
#include <mma.h>

#include <kernelevolve/abi.h>

using namespace nvcuda;

// A warp for each tile of 16 by 16.
__global__ void Tiles(const float* a, const float* b, float* c, int64_t n,
                      int64_t k) {
  const int64_t row = 16 * int64_t{blockIdx.y}, column = 16 * int64_t{blockIdx.x};
  wmma::fragment<wmma::accumulator, 16, 16, 8, float> sum;
  wmma::fill_fragment(sum, 0.0f);
  for (int64_t p = 0; p < k; p += 8) {
    wmma::fragment<wmma::matrix_a, 16, 16, 8, wmma::precision::tf32,
                   wmma::row_major> left;
    wmma::fragment<wmma::matrix_b, 16, 16, 8, wmma::precision::tf32,
                   wmma::row_major> right;
    wmma::load_matrix_sync(left, a + row * k + p, static_cast<unsigned>(k));
    wmma::load_matrix_sync(right, b + p * n + column, static_cast<unsigned>(n));
    for (int i = 0; i < left.num_elements; ++i)
      left.x[i] = wmma::__float_to_tf32(left.x[i]);
    for (int i = 0; i < right.num_elements; ++i)
      right.x[i] = wmma::__float_to_tf32(right.x[i]);
    wmma::mma_sync(sum, left, right, sum);
  }
  wmma::store_matrix_sync(c + row * n + column, sum, static_cast<unsigned>(n),
                          wmma::mem_row_major);
}

__global__ void Product(const float* a, const float* b, float* c, int64_t m,
                        int64_t n, int64_t k) {
  const int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x;
  if (i >= m * n) return;
  float sum = 0;
  for (int64_t p = 0; p < k; ++p) sum += a[i / n * k + p] * b[p * n + i % n];
  c[i] = sum;
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t m = call->inputs[0].shape[0], k = call->inputs[0].shape[1];
  const int64_t n = call->inputs[1].shape[1];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* c = static_cast<float*>(call->outputs[0].data);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  if (m % 16 == 0 && n % 16 == 0 && k % 8 == 0) {
    const dim3 tiles(static_cast<unsigned>(n / 16), static_cast<unsigned>(m / 16));
    Tiles<<<tiles, 32, 0, stream>>>(a, b, c, n, k);
  } else {
    const auto blocks = static_cast<unsigned>((m * n + 255) / 256);
    Product<<<blocks, 256, 0, stream>>>(a, b, c, m, n, k);
  }
  return static_cast<int>(cudaGetLastError());
}
