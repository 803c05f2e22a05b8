// A pool of threads that stay alive and sleep; a call waits for all of them.
#include <kernelevolve/abi.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace {

struct Work {
  const float* a = nullptr;
  const float* b = nullptr;
  float* y = nullptr;
  int64_t n = 0;
};

class Pool {
 public:
  static constexpr int kThreads = 3;

  Pool() {
    for (int i = 0; i < kThreads; ++i)
      std::thread(&Pool::Serve, this, i).detach();
  }

  void Run(const Work& work) {
    std::unique_lock lock(mutex_);
    work_ = work;
    left_ = kThreads;
    ++round_;
    start_.notify_all();
    done_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  void Serve(int part) {
    uint64_t seen = 0;
    while (true) {
      Work work;
      {
        std::unique_lock lock(mutex_);
        start_.wait(lock, [&] { return round_ != seen; });
        seen = round_;
        work = work_;
      }
      const int64_t end = (part + 1) * work.n / kThreads;
      for (int64_t i = part * work.n / kThreads; i < end; ++i)
        work.y[i] = work.a[i] + work.b[i];
      const std::lock_guard lock(mutex_);
      if (--left_ == 0) done_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable start_, done_;
  Work work_;
  int left_ = 0;
  uint64_t round_ = 0;
};

// Outlives its threads, which end with the process.
Pool& pool = *new Pool;

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  pool.Run({a, b, y, n});
  return 0;
}
