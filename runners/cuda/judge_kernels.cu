// Kernels of the judge itself: they draw inputs, poison outputs and compare
// every element where the data lies. They run in the process that owns the
// memory, which never loads a candidate. Compiled for the device at first use.
//
// Sums over floating values use atomics: their last bits vary, which moves a
// scale by parts in 1e15.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>
#include <stdint.h>

namespace {

// As enum ke_dtype of abi.h.
enum DType { kF64, kF32, kF16, kBF16, kF8E4M3, kF8E5M2 };

__device__ uint64_t MixBits(uint64_t x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

__device__ double Load(const void* data, int dtype, int64_t i) {
  switch (dtype) {
    case kF64: return static_cast<const double*>(data)[i];
    case kF32: return static_cast<const float*>(data)[i];
    case kF16: return __half2float(static_cast<const __half*>(data)[i]);
    case kBF16: return __bfloat162float(static_cast<const __nv_bfloat16*>(data)[i]);
    case kF8E4M3: return float(static_cast<const __nv_fp8_e4m3*>(data)[i]);
    default: return float(static_cast<const __nv_fp8_e5m2*>(data)[i]);
  }
}

__device__ void Store(void* data, int dtype, int64_t i, float value) {
  switch (dtype) {
    case kF64: static_cast<double*>(data)[i] = value; break;
    case kF32: static_cast<float*>(data)[i] = value; break;
    case kF16: static_cast<__half*>(data)[i] = __float2half_rn(value); break;
    case kBF16:
      static_cast<__nv_bfloat16*>(data)[i] = __float2bfloat16_rn(value);
      break;
    case kF8E4M3: static_cast<__nv_fp8_e4m3*>(data)[i] = __nv_fp8_e4m3(value); break;
    default: static_cast<__nv_fp8_e5m2*>(data)[i] = __nv_fp8_e5m2(value);
  }
}

// A conversion gives NaN its own sign: here its bit is set.
__device__ void MakeNegative(void* data, int dtype, int64_t i) {
  switch (dtype) {
    case kF64: static_cast<uint64_t*>(data)[i] |= 1ull << 63; break;
    case kF32: static_cast<uint32_t*>(data)[i] |= 1u << 31; break;
    case kF16:
    case kBF16: static_cast<uint16_t*>(data)[i] |= 1u << 15; break;
    default: static_cast<uint8_t*>(data)[i] |= 1u << 7;
  }
}

__device__ int64_t First() {
  return blockIdx.x * static_cast<int64_t>(blockDim.x) + threadIdx.x;
}
__device__ int64_t Stride() {
  return gridDim.x * static_cast<int64_t>(blockDim.x);
}

// The sum over a warp, in lane 0.
template <typename T>
__device__ T WarpSum(T value) {
  for (int offset = 16; offset > 0; offset /= 2)
    value += __shfl_down_sync(0xffffffffu, value, offset);
  return value;
}
__device__ double WarpMax(double value) {
  for (int offset = 16; offset > 0; offset /= 2)
    value = fmax(value, __shfl_down_sync(0xffffffffu, value, offset));
  return value;
}

// Of doubles that are not negative, by their bits.
__device__ void AtomicMax(double* to, double value) {
  atomicMax(reinterpret_cast<unsigned long long*>(to),
            static_cast<unsigned long long>(__double_as_longlong(value)));
}

}  // namespace

// What a comparison adds up. Zeroed by the caller, `first` set to -1.
struct Statistics {
  unsigned long long wrong, untouched, nonfinite, first;
  double error_max, error_squares, worst;
  unsigned long long counted;
};

// `before` bytes of canary (a multiple of 8), a payload of poison, `after` bytes
// of canary. `from` is aligned to 8 bytes.
extern "C" __global__ void ke_poison(uint8_t* from, int before, int64_t bytes,
                                     int after, uint64_t poison,
                                     uint64_t canary) {
  uint64_t* words = reinterpret_cast<uint64_t*>(from + before);
  for (int64_t i = First(); i < bytes / 8; i += Stride()) words[i] = poison;
  const int64_t first = First();
  if (first < before) from[first] = static_cast<uint8_t>(canary >> (8 * (first % 8)));
  if (first < bytes % 8)
    from[before + bytes / 8 * 8 + first] =
        static_cast<uint8_t>(poison >> (8 * first));
  if (first < after)
    from[before + bytes + first] =
        static_cast<uint8_t>(canary >> (8 * (first % 8)));
}

// As FamilyCode of device_kernels.cc; the values are those of draw_floating.cc.
enum Family { kPlain, kLarge, kTiny, kOutlier, kOffset, kSmallIntegers };

__device__ float Reshape(int family, float z, uint64_t bits, int64_t i) {
  switch (family) {
    case kLarge: return 64 * z;
    case kTiny: return 1e-3f * z;
    case kOutlier: return i % 97 == static_cast<int64_t>(bits % 2) ? 1e4f * z : z;
    case kOffset: return 16 + 0.1f * z;
    case kSmallIntegers: return static_cast<int>(bits % 5) - 2;
    default: return z;
  }
}

__device__ float ReshapeShare(int family, float share, int64_t i) {
  switch (family) {
    case kLarge: return 1 - share / 64;
    case kTiny: return share / 64;
    case kOutlier: return i % 2 ? share * 1e-3f : 1 - share * 1e-3f;
    case kSmallIntegers: return fminf(floorf(share * 5), 4) / 4;
    default: return share;
  }
}

// kind 0: normal(a, b); 1: uniform(a, b).
extern "C" __global__ void ke_draw(void* to, int dtype, int64_t count, int kind,
                                   int family, float a, float b, uint64_t seed) {
  for (int64_t i = First(); i < count; i += Stride()) {
    const uint64_t bits = MixBits(seed + static_cast<uint64_t>(i));
    const float u = ((bits >> 40) + 0.5f) * (1.0f / (1 << 24));
    float value;
    if (kind == 0) {
      const float v = static_cast<float>(bits & 0xffffff) * (1.0f / (1 << 24));
      const float z = sqrtf(-2 * logf(u)) * cospif(2 * v);
      value = a + b * Reshape(family, z, bits, i);
    } else {
      value = fminf(fmaxf(a + (b - a) * ReshapeShare(family, u, i), a), b);
    }
    Store(to, dtype, i, value);
  }
}

// Over values drawn before: stretches of rows, some hundred values long, get one
// kind of non-finite numbers (+inf, -inf, both, NaN of either sign): in one of 8 places, in one of
// 64, or in one place of each row, every other time the last.
extern "C" __global__ void ke_plant_specials(void* to, int dtype, int64_t count,
                                             int64_t row_length, uint64_t seed) {
  constexpr int64_t kStretch = 512;
  const int64_t rows_of_stretch = (kStretch + row_length - 1) / row_length;
  for (int64_t i = First(); i < count; i += Stride()) {
    const int64_t row = i / row_length, column = i % row_length;
    const uint64_t stretch = static_cast<uint64_t>(row / rows_of_stretch);
    const int mixture = static_cast<int>((seed + stretch) % 4);
    const int density = static_cast<int>((seed + stretch) % 3);
    const uint64_t bits = MixBits(seed ^ MixBits(static_cast<uint64_t>(i)));
    bool special;
    if (density < 2) {
      special = bits % (density == 0 ? 8 : 64) == 0;
    } else {
      const uint64_t anywhere = MixBits(seed ^ MixBits(~static_cast<uint64_t>(row))) %
                                static_cast<uint64_t>(row_length);
      special = column == (row % 2 ? static_cast<int64_t>(anywhere) : row_length - 1);
    }
    if (!special) continue;
    const bool minus = mixture == 1 || (mixture == 2 && (bits >> 32) % 2);
    Store(to, dtype, i, mixture == 3 ? NAN : minus ? -INFINITY : INFINITY);
    if (mixture == 3 && (bits >> 32) % 2) MakeNegative(to, dtype, i);
  }
}

// kind as above but for integers: lo … hi, both included.
extern "C" __global__ void ke_draw_integers(void* to, int bytes, int64_t count,
                                            int64_t low, int64_t high,
                                            uint64_t seed) {
  const uint64_t span = static_cast<uint64_t>(high - low) + 1;
  for (int64_t i = First(); i < count; i += Stride()) {
    const uint64_t bits = MixBits(seed + static_cast<uint64_t>(i));
    const int64_t value =
        low + static_cast<int64_t>(span ? __umul64hi(bits, span) : bits);
    switch (bytes) {
      case 8: static_cast<int64_t*>(to)[i] = value; break;
      case 4: static_cast<int32_t*>(to)[i] = static_cast<int32_t>(value); break;
      case 2: static_cast<int16_t*>(to)[i] = static_cast<int16_t>(value); break;
      default: static_cast<int8_t*>(to)[i] = static_cast<int8_t>(value);
    }
  }
}

// Adds the squares of the finite values and counts them.
extern "C" __global__ void ke_squares(const void* data, int dtype, int64_t count,
                                      double* sum, unsigned long long* finite) {
  double squares = 0;
  unsigned long long counted = 0;
  for (int64_t i = First(); i < count; i += Stride()) {
    const double value = Load(data, dtype, i);
    if (!isfinite(value)) continue;
    squares += value * value;
    ++counted;
  }
  squares = WarpSum(squares);
  counted = WarpSum(counted);
  if ((threadIdx.x & 31) == 0) {
    atomicAdd(sum, squares);
    atomicAdd(finite, counted);
  }
}

// As enum NumberClass of comparison.h.
__device__ int ClassOf(double value) {
  if (isnan(value)) return 3;
  if (!isinf(value)) return 0;
  return value > 0 ? 1 : 2;
}

// Whether element i still holds the pattern that was there before the call.
__device__ bool Untouched(const void* y, int64_t i, int bytes, uint64_t poison) {
  const uint8_t* raw = static_cast<const uint8_t*>(y) + i * bytes;
  for (int b = 0; b < bytes; ++b)
    if (raw[b] != static_cast<uint8_t>(poison >> (8 * ((i * bytes + b) % 8))))
      return false;
  return true;
}

// y against exact values: |y - r| <= relative * |r| + absolute. Where r is not
// finite, y must be the same. `open`: bit 4 * class of r + class of y says that
// such a pair is no fault. What nobody has written is neither: no NaN that
// somebody has computed. `poison` is 0 where none was there.
extern "C" __global__ void ke_compare(const void* y, int dtype, const void* exact,
                                      int exact_dtype, int64_t count,
                                      double relative, double absolute,
                                      double scale, uint64_t poison, uint32_t open,
                                      Statistics* out) {
  const int bytes = dtype == kF64 ? 8 : dtype == kF32 ? 4 : dtype <= kBF16 ? 2 : 1;
  double error_max = 0, squares = 0, worst = 0;
  unsigned long long counted = 0;
  for (int64_t i = First(); i < count; i += Stride()) {
    const double got = Load(y, dtype, i), r = Load(exact, exact_dtype, i);
    const double difference = fabs(got - r);
    const double allowance = relative * fabs(r) + absolute;
    const bool within = isfinite(difference) && difference <= allowance;
    const bool untouched = !within && Untouched(y, i, bytes, poison);
    if (!within && !(untouched && poison != 0)) {
      const int right = ClassOf(r), mine = ClassOf(got);
      if ((right == mine && right != 0) || (open >> (4 * right + mine) & 1)) continue;
    }
    if (isfinite(difference)) {
      const double error = difference / fmax(fmax(fabs(r), scale), 1e-300);
      error_max = fmax(error_max, error);
      squares += error * error;
      worst = fmax(worst, difference / fmax(allowance, 1e-300));
      ++counted;
    }
    if (within) continue;
    atomicAdd(&out->wrong, 1ull);
    if (untouched) atomicAdd(&out->untouched, 1ull);
    if (!isfinite(got) || !isfinite(r)) atomicAdd(&out->nonfinite, 1ull);
    atomicMin(&out->first, static_cast<unsigned long long>(i));
  }
  error_max = WarpMax(error_max);
  worst = WarpMax(worst);
  squares = WarpSum(squares);
  counted = WarpSum(counted);
  if ((threadIdx.x & 31) == 0) {
    AtomicMax(&out->error_max, error_max);
    AtomicMax(&out->worst, worst);
    atomicAdd(&out->error_squares, squares);
    atomicAdd(&out->counted, counted);
  }
}

// Integers and bools: elements of `bytes` bytes, bit for bit.
extern "C" __global__ void ke_compare_bytes(const uint8_t* y, const uint8_t* exact,
                                            int bytes, int64_t count,
                                            uint64_t poison, Statistics* out) {
  for (int64_t i = First(); i < count; i += Stride()) {
    bool same = true;
    for (int b = 0; b < bytes; ++b) same &= y[i * bytes + b] == exact[i * bytes + b];
    if (same) continue;
    atomicAdd(&out->wrong, 1ull);
    if (Untouched(y, i, bytes, poison)) atomicAdd(&out->untouched, 1ull);
    atomicMin(&out->first, static_cast<unsigned long long>(i));
  }
}

// Equal bits give equal digests, in whatever order the words are added.
extern "C" __global__ void ke_digest(const uint8_t* data, int64_t bytes,
                                     unsigned long long* digest) {
  uint64_t sum = 0;
  const int64_t words = bytes / 8;
  for (int64_t i = First(); i < words; i += Stride())
    sum += MixBits(reinterpret_cast<const uint64_t*>(data)[i] ^
                   MixBits(static_cast<uint64_t>(i)));
  if (First() == 0)
    for (int64_t at = words * 8; at < bytes; ++at)
      sum += MixBits(data[at] ^ MixBits(static_cast<uint64_t>(at) + (1ull << 60)));
  sum = WarpSum(static_cast<unsigned long long>(sum));
  if ((threadIdx.x & 31) == 0) atomicAdd(digest, static_cast<unsigned long long>(sum));
}

// Reads `words` words and keeps their sum: what a flush must make slow.
extern "C" __global__ void ke_read(const uint64_t* data, int64_t words,
                                   unsigned long long* sum) {
  unsigned long long total = 0;
  for (int64_t i = First(); i < words; i += Stride()) total += data[i];
  total = WarpSum(total);
  if ((threadIdx.x & 31) == 0) atomicAdd(sum, total);
}

// Reads `words` words, so that a cache holds them and no line that something else
// has written. `nowhere` is null; that it might not be keeps the reads alive.
extern "C" __global__ void ke_sweep(const uint64_t* data, int64_t words,
                                    uint64_t* nowhere) {
  uint64_t sum = 0;
  for (int64_t i = First(); i < words; i += Stride()) sum += data[i];
  if (nowhere != nullptr) nowhere[First()] = sum;
}

// Takes so many cycles of one multiprocessor.
extern "C" __global__ void ke_pause(int64_t cycles) {
  const int64_t start = clock64();
  while (clock64() - start < cycles) {
  }
}

// Leaves `pattern` in all shared memory of a multiprocessor and in many of its
// registers: what a kernel finds there that reads what it has not written. One
// block of 1024 threads takes a whole multiprocessor. `nowhere` is null; that
// it might not be keeps the registers alive.
extern "C" __global__ void __launch_bounds__(1024, 1)
    ke_dirty(uint32_t pattern, uint32_t words, uint32_t* nowhere) {
  extern __shared__ uint32_t ke_shared[];
  volatile uint32_t* shared = ke_shared;
  for (uint32_t i = threadIdx.x; i < words; i += blockDim.x) shared[i] = pattern;
  __syncthreads();
  uint32_t held[40];
#pragma unroll
  for (int i = 0; i < 40; ++i) held[i] = shared[(threadIdx.x + 32 * i) & 4095];
  if (nowhere == nullptr) return;
#pragma unroll
  for (int i = 0; i < 40; ++i) nowhere[threadIdx.x * 40 + i] = held[i];
}
