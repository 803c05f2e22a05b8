// Tables of up to DIRECT entries come to each block whole, in one trip, and are
// turned round in shared memory: the index of each value that lies between the
// first and the last. A lookup is then one read. Where values lie too far apart
// for that, each id is searched by itself.
// Small tables: few dependent trips to memory: a block brings evenly spaced entries of the
// table to shared memory in one trip, searches there, and each thread then
// compares its id with up to 16 entries at once per further trip.
// ke:tune DIRECT = 12000 in {0, 2048, 12000}
// ke:tune DIRECT_THREADS = 1024 in {256, 512, 1024}
// ke:tune TOUCH = 1 in {0, 1}
// ke:tune SMALL = 256 in {0, 128, 256}
// ke:tune SPREAD = 1 in {0, 1}
// ke:tune AHEAD = 1 in {0, 1}
// ke:tune WIDE = 0 in {0, 1}
// ke:tune THREADS = 256 in {128, 256, 512}
// ke:tune PIVOTS = 1024 in {256, 512, 1024, 2048}
#include <cstdint>

#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

namespace {

constexpr int FAN = 16;

// Not moved: all of a round are on their way before the first is looked at.
__device__ __forceinline__ int64_t Load(const int64_t* from) {
  long long v;
  asm volatile("ld.global.nc.b64 %0, [%1];" : "=l"(v) : "l"(from));
  return v;
}

// A sector of what this block is about to write: its first store meets no cold translation.
__device__ __forceinline__ void Touch(const int64_t* to) {
  if (TOUCH == 1) asm volatile("prefetch.global.L2 [%0];" ::"l"(to));
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

// Large tables: a block of 512 threads takes `per` ids, a warp per / 16 of them. While
// evenly spaced entries are on their way, the block's share of the table is
// fetched to the L2 cache. Between two of them the place of an id is guessed from
// their values, and 32 lanes read the 32 entries around it; when the id is not
// between these, all entries of the interval are read.
__global__ void __launch_bounds__(512)
    Spread(const int64_t* __restrict__ ids, const int64_t* __restrict__ table, int64_t* __restrict__ index, int count, int size,
           int stride, int pivots, int first_step, int per) {
  __shared__ int64_t spaced[PIVOTS];
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, mine = per / 16;
  const int at = blockIdx.x * per + warp * mine + lane;
  const bool live = lane < mine && at < count;
  constexpr int kLoads = (PIVOTS + 511) / 512;
  int64_t entry[kLoads];
#pragma unroll
  for (int i = 0; i < kLoads; ++i) {
    const int p = i * 512 + threadIdx.x;
    if (p < pivots) entry[i] = Load(table + (p + 1) * stride - 1);
  }
  const int64_t id = live ? Load(ids + at) : 0;
  if (AHEAD == 1 && threadIdx.x == 0) {  // Pairs of entries: 16 bytes.
    const int share = (size / 2 + gridDim.x - 1) / gridDim.x, from = blockIdx.x * share, length = min(min(share, 2048), size / 2 - from);
    if (length > 0)
      asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(table + 2 * from), "r"(length * 16) : "memory");
  }
#pragma unroll
  for (int i = 0; i < kLoads; ++i) {
    const int p = i * 512 + threadIdx.x;
    if (p < pivots) spaced[p] = entry[i];
  }
  __syncthreads();
  int less = 0;
  for (int step = first_step; step > 0; step /= 2) {
    const int probe = less + step;
    if (probe <= pivots && spaced[probe - 1] < id) less = probe;
  }
  // The answer is among base .. base + stride - 1. The guess need not be right.
  const int base = less * stride;
  const int64_t low = less > 0 ? spaced[less - 1] : -1, high = less < pivots ? spaced[less] : low + 2 * stride;
  const float part = id <= low ? 0.0f
                               : static_cast<float>(static_cast<uint64_t>(id) - static_cast<uint64_t>(low)) /
                                     static_cast<float>(static_cast<uint64_t>(high) - static_cast<uint64_t>(low));
  const int guess = static_cast<int>(fminf(fmaxf(part, 0.0f), 1.0f) * static_cast<float>(stride));
  const int start = max(base, base + (min(guess, stride) - 15 & ~3));
  int found = 0;
  for (int first = 0; first < mine; first += 16) {
    int64_t seen[16];
#pragma unroll
    for (int i = 0; i < 16; ++i) {
      const int e = __shfl_sync(~0u, start, first + i) + lane;
      if (first + i < mine) seen[i] = Load(table + min(e, size - 1));
    }
#pragma unroll
    for (int i = 0; i < 16; ++i) {
      if (first + i >= mine) break;
      const int64_t wanted = __shfl_sync(~0u, id, first + i);
      const int begin = __shfl_sync(~0u, start, first + i), from = __shfl_sync(~0u, base, first + i);
      const unsigned hits = __ballot_sync(~0u, seen[i] == wanted && begin + lane < size);
      int place = hits != 0 ? begin + __ffs(hits) : 0;
      if (hits == 0) {
        const unsigned below = __ballot_sync(~0u, seen[i] < wanted);
        // Smaller entries are all before the window, larger ones behind: it is nowhere else.
        const bool sure = (begin <= from || below != 0) && (begin + 31 >= min(from + stride, size) - 1 || below != ~0u);
        if (!sure)
          for (int e = from + lane; e - lane < from + stride; e += 32) {
            const unsigned other = __ballot_sync(~0u, e < size && Load(table + min(e, size - 1)) == wanted);
            if (other != 0) place = e - lane + __ffs(other);
          }
      }
      if (lane == first + i) found = place;
    }
  }
  if (live) index[at] = found;
}

__global__ void __launch_bounds__(DIRECT_THREADS)
    Turned(const int64_t* __restrict__ ids, const int64_t* __restrict__ table, int64_t* __restrict__ index, int count, int size,
           int capacity) {
  extern __shared__ __align__(16) uint16_t places[];  // of the values from the first on; 0: none
  constexpr int kPairs = WIDE == 1 ? 5120 / DIRECT_THREADS : 0, kSingles = WIDE == 1 ? 0 : 10240 / DIRECT_THREADS;
  const int at = blockIdx.x * DIRECT_THREADS + threadIdx.x, pairs = size / 2;
  const int64_t id = at < count ? Load(ids + at) : 0;
  const int64_t first = Load(table), last = Load(table + size - 1);
  const uint64_t range = static_cast<uint64_t>(last) - static_cast<uint64_t>(first);
  longlong2 mine[kPairs + 1];
  int64_t single[kSingles + 1];
#pragma unroll
  for (int i = 0; i < kSingles; ++i) {
    const int p = i * DIRECT_THREADS + threadIdx.x;
    if (p < size) single[i] = Load(table + p);
  }
#pragma unroll
  for (int i = 0; i < kPairs; ++i) {
    const int p = i * DIRECT_THREADS + threadIdx.x;
    if (p < pairs)
      asm volatile("ld.global.nc.v2.b64 {%0, %1}, [%2];" : "=l"(mine[i].x), "=l"(mine[i].y) : "l"(table + 2 * p));
  }
  if (threadIdx.x == 0) Touch(index + at);
  for (int i = threadIdx.x; i < capacity / 8; i += DIRECT_THREADS) reinterpret_cast<uint4*>(places)[i] = make_uint4(0, 0, 0, 0);
  __syncthreads();
  if (range >= static_cast<uint64_t>(capacity)) {  // The same for all.
    if (at >= count) return;
    int low = 0, high = size;
    while (low < high) {
      const int middle = (low + high) / 2;
      if (Load(table + middle) < id) low = middle + 1; else high = middle;
    }
    index[at] = low < size && Load(table + low) == id ? low + 1 : 0;
    return;
  }
  if constexpr (WIDE == 0) {  // Neighbouring lanes, neighbouring places: few conflicts of banks.
#pragma unroll
    for (int i = 0; i < kSingles; ++i) {
      const int p = i * DIRECT_THREADS + threadIdx.x;
      if (p < size) places[single[i] - first] = static_cast<uint16_t>(p + 1);
    }
    for (int p = kSingles * DIRECT_THREADS + threadIdx.x; p < size; p += DIRECT_THREADS)
      places[Load(table + p) - first] = static_cast<uint16_t>(p + 1);
  } else {
#pragma unroll
    for (int i = 0; i < kPairs; ++i) {
      const int p = i * DIRECT_THREADS + threadIdx.x;
      if (p >= pairs) continue;
      places[mine[i].x - first] = static_cast<uint16_t>(2 * p + 1);
      places[mine[i].y - first] = static_cast<uint16_t>(2 * p + 2);
    }
    for (int p = kPairs * DIRECT_THREADS + threadIdx.x; p < pairs; p += DIRECT_THREADS) {
      places[Load(table + 2 * p) - first] = static_cast<uint16_t>(2 * p + 1);
      places[Load(table + 2 * p + 1) - first] = static_cast<uint16_t>(2 * p + 2);
    }
    if (size % 2 == 1 && threadIdx.x == 0) places[last - first] = static_cast<uint16_t>(size);  // It has no pair.
  }
  __syncthreads();
  const uint64_t place = static_cast<uint64_t>(id) - static_cast<uint64_t>(first);
  if (at < count) index[at] = place <= range ? places[place] : 0;
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int count = static_cast<int>(call->inputs[0].shape[0]), size = static_cast<int>(call->inputs[1].shape[0]);
  if (size > SMALL && size <= DIRECT) {
    const int capacity = (2 * size + 64 + 7) / 8 * 8;
    Turned<<<(count + DIRECT_THREADS - 1) / DIRECT_THREADS, DIRECT_THREADS, capacity * 2, static_cast<cudaStream_t>(call->stream)>>>(
        static_cast<const int64_t*>(call->inputs[0].data), static_cast<const int64_t*>(call->inputs[1].data),
        static_cast<int64_t*>(call->outputs[0].data), count, size, capacity);
    return static_cast<int>(cudaGetLastError());
  }
  const int stride = (size + PIVOTS - 1) / PIVOTS, pivots = size / stride;
  int first_step = 1;
  while (first_step * 2 <= pivots) first_step *= 2;
  if (pivots == 0) first_step = 0;
  if (SPREAD == 1 && stride > 32) {
    int per = (count + 131) / 132;
    per = (per + 15) / 16 * 16;
    if (per > 512) per = 512;
    Spread<<<(count + per - 1) / per, 512, 0, static_cast<cudaStream_t>(call->stream)>>>(
        static_cast<const int64_t*>(call->inputs[0].data), static_cast<const int64_t*>(call->inputs[1].data),
        static_cast<int64_t*>(call->outputs[0].data), count, size, stride, pivots, first_step, per);
    return static_cast<int>(cudaGetLastError());
  }
  Search<<<(count + THREADS - 1) / THREADS, THREADS, 0, static_cast<cudaStream_t>(call->stream)>>>(
      static_cast<const int64_t*>(call->inputs[0].data), static_cast<const int64_t*>(call->inputs[1].data),
      static_cast<int64_t*>(call->outputs[0].data), count, size, stride, pivots, first_step);
  return static_cast<int>(cudaGetLastError());
}
