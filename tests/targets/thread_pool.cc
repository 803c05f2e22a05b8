// A right softmax by two threads, one of which lives from the first call on.
#include <kernelevolve/abi.h>

#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace {

void DoRows(const ke_call* call, int64_t begin, int64_t end) {
  const int64_t cols = call->inputs[0].shape[1];
  for (int64_t row = begin; row < end; ++row) {
    const float* x = static_cast<const float*>(call->inputs[0].data) + row * cols;
    float* y = static_cast<float*>(call->outputs[0].data) + row * cols;
    float largest = x[0];
    for (int64_t i = 1; i < cols; ++i)
      largest = std::isnan(x[i]) || x[i] > largest ? x[i] : largest;
    float sum = 0;
    for (int64_t i = 0; i < cols; ++i) sum += y[i] = std::exp(x[i] - largest);
    for (int64_t i = 0; i < cols; ++i) y[i] /= sum;
  }
}

class Helper {
 public:
  Helper() : thread_([this] { Serve(); }) { thread_.detach(); }

  void Begin(const ke_call* call) {
    const std::lock_guard lock(mutex_);
    call_ = call;
    wake_.notify_one();
  }
  void Await() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return !call_; });
  }

 private:
  void Serve() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return call_ != nullptr; });
      DoRows(call_, 0, call_->inputs[0].shape[0] / 2);
      call_ = nullptr;
      done_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const ke_call* call_ = nullptr;
  std::thread thread_;
};

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  static Helper& helper = *new Helper();
  helper.Begin(call);
  const int64_t rows = call->inputs[0].shape[0];
  DoRows(call, rows / 2, rows);
  helper.Await();
  return 0;
}
