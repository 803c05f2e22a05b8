// ke:recipe map_id_search
// ke:summary id to index in an increasing table by binary search without branches, several ids per thread in step so that their loads overlap
// ke:input ids i64 [..., B]
// ke:input table i64 [U] increasing
// ke:output index i64 [..., B]
// ke:tune THREADS = 128 in {32, 64, 128, 256}
// ke:tune ITEMS = 1 in {1, 2, 4}
#include <cstdint>

#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

// ke:bindings

namespace {

constexpr int kThreads = THREADS, kItems = ITEMS;

__global__ void __launch_bounds__(kThreads)
    Search(const int64_t* __restrict__ ids, const int64_t* __restrict__ table,
           int64_t* __restrict__ index, int64_t count, int64_t size,
           int64_t first_step) {
  const int64_t base =
      static_cast<int64_t>(blockIdx.x) * kThreads * kItems + threadIdx.x;
  int64_t id[kItems], less[kItems];
#pragma unroll
  for (int i = 0; i < kItems; ++i) {
    const int64_t at = base + i * kThreads;
    id[i] = at < count ? ids[at] : 0;
    less[i] = 0;
  }
  // The first less[i] entries are below id[i].
  for (int64_t step = first_step; step > 0; step /= 2) {
#pragma unroll
    for (int i = 0; i < kItems; ++i) {
      const int64_t probe = less[i] + step;
      if (probe <= size && __ldg(table + probe - 1) < id[i]) less[i] = probe;
    }
  }
#pragma unroll
  for (int i = 0; i < kItems; ++i) {
    const int64_t at = base + i * kThreads;
    const bool found = less[i] < size && __ldg(table + less[i]) == id[i];
    if (at < count) index[at] = found ? less[i] + 1 : 0;
  }
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& ids = call->inputs[IN_ids];
  const ke_tensor& table = call->inputs[IN_table];
  int64_t count = 1, first_step = 1;
  for (int i = 0; i < ids.rank; ++i) count *= ids.shape[i];
  if (count == 0) return 0;
  while (first_step * 2 <= table.shape[0]) first_step *= 2;
  const int64_t per_block = int64_t{kThreads} * kItems;
  const auto blocks =
      static_cast<unsigned>((count + per_block - 1) / per_block);
  Search<<<blocks, kThreads, 0, static_cast<cudaStream_t>(call->stream)>>>(
      static_cast<const int64_t*>(ids.data),
      static_cast<const int64_t*>(table.data),
      static_cast<int64_t*>(call->outputs[OUT_index].data), count,
      table.shape[0], first_step);
  return static_cast<int>(cudaGetLastError());
}
