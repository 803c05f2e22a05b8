// Threads add to the same sums in no fixed order, each addition whole.
#include <kernelevolve/abi.h>

#include <atomic>
#include <thread>
#include <vector>

namespace {

struct Work {
  const float* x;
  float* y;
  int64_t rows, cols;
};

// Columns from `begin` to `end` of every row.
void AddPart(Work work, int64_t begin, int64_t end) {
  for (int64_t row = 0; row < work.rows; ++row) {
    float sum = 0;
    for (int64_t i = begin; i < end; ++i) sum += work.x[row * work.cols + i];
    std::atomic_ref<float>(work.y[row]).fetch_add(sum,
                                                  std::memory_order_relaxed);
  }
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  for (int64_t row = 0; row < rows; ++row) y[row] = 0;
  constexpr int64_t kParts = 3;
  const Work work{x, y, rows, cols};
  std::vector<std::thread> threads;
  for (int64_t part = 1; part < kParts; ++part)
    threads.emplace_back(AddPart, work, part * cols / kParts,
                         (part + 1) * cols / kParts);
  AddPart(work, 0, cols / kParts);
  for (std::thread& thread : threads) thread.join();
  return 0;
}
