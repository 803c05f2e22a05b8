// As many threads as there are cores, and a sum that they share.
#include <kernelevolve/abi.h>

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace {

int Cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

// All begin at once.
void Meet(std::atomic<int64_t>& missing) {
  --missing;
  while (missing > 0) std::this_thread::yield();
}

void Add(const float* x, volatile float* y, int64_t rows, int64_t cols,
         int64_t begin, int64_t end) {
  for (int64_t row = 0; row < rows; ++row, x += cols)
    for (int64_t i = begin; i < end; ++i) y[row] = y[row] + x[i];
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const int64_t parts = std::min<int64_t>(Cores(), 4);
  std::fill_n(y, rows, 0.0f);
  std::atomic<int64_t> missing = parts;
  std::vector<std::thread> others;
  const auto work = [&](int64_t part) {
    Meet(missing);
    Add(x, y, rows, cols, part * cols / parts, (part + 1) * cols / parts);
  };
  for (int64_t part = 1; part < parts; ++part) others.emplace_back(work, part);
  work(0);
  for (std::thread& other : others) other.join();
  return 0;
}
