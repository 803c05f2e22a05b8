// A pool that grows by a thread in each of the first calls, with blocks, a locale and
// a source of randomness of its own that stay.
#include <kernelevolve/abi.h>

#include <clocale>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

namespace {

class Pool {
 public:
  static constexpr int kMostThreads = 5;

  Pool() : seed_((std::setlocale(LC_ALL, "C.UTF-8"), source_())) {}

  void Run(const ke_call* call) {
    if (kept_.size() < 20) kept_.emplace_back(10'000, static_cast<float>(seed_));
    std::unique_lock lock(mutex_);
    if (threads_ < kMostThreads)
      std::thread(&Pool::Serve, this, threads_++, round_).detach();
    call_ = call;
    left_ = threads_;
    ++round_;
    start_.notify_all();
    done_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  // `seen`: the last round that is not its own.
  void Serve(int part, uint64_t seen) {
    std::vector<float> sums;
    while (true) {
      std::unique_lock lock(mutex_);
      start_.wait(lock, [&] { return round_ != seen; });
      seen = round_;
      const ke_call* call = call_;
      const int parts = threads_;
      lock.unlock();
      const int64_t n = call->inputs[0].shape[0];
      const int64_t begin = part * n / parts, end = (part + 1) * n / parts;
      const float* a = static_cast<const float*>(call->inputs[0].data);
      const float* b = static_cast<const float*>(call->inputs[1].data);
      sums.resize(static_cast<size_t>(end - begin));
      for (int64_t i = begin; i < end; ++i)
        sums[static_cast<size_t>(i - begin)] = a[i] + b[i];
      float* y = static_cast<float*>(call->outputs[0].data);
      for (int64_t i = begin; i < end; ++i) y[i] = sums[static_cast<size_t>(i - begin)];
      lock.lock();
      if (--left_ == 0) done_.notify_one();
    }
  }

  std::random_device source_;
  const unsigned seed_;
  std::vector<std::vector<float>> kept_;
  std::mutex mutex_;
  std::condition_variable start_, done_;
  const ke_call* call_ = nullptr;
  int threads_ = 0;
  int left_ = 0;
  uint64_t round_ = 0;
};

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  static Pool& pool = *new Pool;  // outlives its threads
  pool.Run(call);
  return 0;
}
