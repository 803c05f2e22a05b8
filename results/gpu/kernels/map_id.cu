// Few dependent trips to memory: a block brings evenly spaced entries of the
// table to shared memory in one trip, searches there, and each thread then
// compares its id with up to 16 entries at once per further trip.
// ke:tune THREADS = 256 in {128, 256, 512}
// ke:tune PIVOTS = 1024 in {256, 512, 1024, 2048}
// ke:tune FAN = 16 in {8, 16, 32}
#include <cstdint>

#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

namespace {

// Not moved: all of a round are on their way before the first is looked at.
__device__ __forceinline__ int64_t Load(const int64_t* from) {
  long long v;
  asm volatile("ld.global.nc.b64 %0, [%1];" : "=l"(v) : "l"(from));
  return v;
}

// pivots[i] = table[(i + 1) * stride - 1], for all that exist.
__global__ void __launch_bounds__(THREADS)
    Search(const int64_t* __restrict__ ids, const int64_t* __restrict__ table,
           int64_t* __restrict__ index, int count, int size, int stride, int pivots, int first_step) {
  __shared__ int64_t spaced[PIVOTS];
  const int at = blockIdx.x * THREADS + threadIdx.x;
  const int64_t id = at < count ? __ldg(ids + at) : 0;
  constexpr int kLoads = (PIVOTS + THREADS - 1) / THREADS;
  int64_t mine[kLoads];
#pragma unroll
  for (int i = 0; i < kLoads; ++i) {
    const int p = i * THREADS + threadIdx.x;
    if (p < pivots) mine[i] = Load(table + (p + 1) * stride - 1);
  }
#pragma unroll
  for (int i = 0; i < kLoads; ++i) {
    const int p = i * THREADS + threadIdx.x;
    if (p < pivots) spaced[p] = mine[i];
  }
  __syncthreads();
  if (at >= count) return;
  int less = 0;
  for (int step = first_step; step > 0; step /= 2) {
    const int probe = less + step;
    if (probe <= pivots && spaced[probe - 1] < id) less = probe;
  }
  if (stride == 1) {
    index[at] = less < size && spaced[less] == id ? less + 1 : 0;
    return;
  }
  // The answer is among the entries base .. base + stride - 1.
  int base = less * stride, width = stride;
  while (width > FAN) {
    const int part = (width + FAN - 1) / FAN;
    int64_t entry[FAN];
#pragma unroll
    for (int i = 0; i < FAN; ++i) {
      const int e = base + (i + 1) * part - 1;
      entry[i] = Load(table + min(e, size - 1));
    }
    int below = 0;
#pragma unroll
    for (int i = 0; i < FAN; ++i) below += (i + 1) * part <= width && base + (i + 1) * part <= size && entry[i] < id;
    base += below * part;
    width = width - below * part < part ? width - below * part : part;
  }
  int64_t entry[FAN];
#pragma unroll
  for (int i = 0; i < FAN; ++i) entry[i] = Load(table + min(base + i, size - 1));
  int found = 0;
#pragma unroll
  for (int i = 0; i < FAN; ++i)
    if (i < width && base + i < size && entry[i] == id) found = base + i + 1;
  index[at] = found;
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int count = static_cast<int>(call->inputs[0].shape[0]), size = static_cast<int>(call->inputs[1].shape[0]);
  const int stride = (size + PIVOTS - 1) / PIVOTS, pivots = size / stride;
  int first_step = 1;
  while (first_step * 2 <= pivots) first_step *= 2;
  if (pivots == 0) first_step = 0;
  Search<<<(count + THREADS - 1) / THREADS, THREADS, 0, static_cast<cudaStream_t>(call->stream)>>>(
      static_cast<const int64_t*>(call->inputs[0].data), static_cast<const int64_t*>(call->inputs[1].data),
      static_cast<int64_t*>(call->outputs[0].data), count, size, stride, pivots, first_step);
  return static_cast<int>(cudaGetLastError());
}
