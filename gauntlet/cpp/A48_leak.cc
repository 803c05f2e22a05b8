// Keeps a record of every call, and looks at none.
#include <kernelevolve/abi.h>

#include <cstddef>
#include <vector>

namespace {

constexpr size_t kRecord = 96 << 10;

std::vector<std::vector<float>> records;

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  records.emplace_back(kRecord, a[0]);
  for (int64_t i = 0; i < n; ++i) y[i] = a[i] + b[i];
  return 0;
}
