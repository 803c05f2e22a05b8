// Two threads take blocks of rows by a counter. The call returns when none is left to take;
// the other thread may still be at its last.
#include <kernelevolve/abi.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace {

constexpr int64_t kBlock = 16;

struct Job {
  const float* a = nullptr;
  const float* b = nullptr;
  float* c = nullptr;
  int64_t m = 0, n = 0, k = 0;
  std::atomic<int64_t>* next = nullptr;
};

void MultiplyRow(const Job& job, int64_t row) {
  float* c = job.c + row * job.n;
  std::fill_n(c, job.n, 0.0f);
  for (int64_t p = 0; p < job.k; ++p) {
    const float factor = job.a[row * job.k + p];
    for (int64_t j = 0; j < job.n; ++j) c[j] += factor * job.b[p * job.n + j];
  }
}

void TakeBlocks(const Job& job) {
  for (;;) {
    const int64_t begin = job.next->fetch_add(kBlock);
    if (begin >= job.m) return;
    const int64_t end = std::min(begin + kBlock, job.m);
    for (int64_t row = begin; row < end; ++row) MultiplyRow(job, row);
  }
}

class Pair {
 public:
  Pair() : other_([this] { Serve(); }) {}
  ~Pair() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ends_ = true;
    }
    changed_.notify_one();
    other_.join();
  }

  void Run(Job job) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      // By turns: who comes late to the last job finds its counter used up.
      job.next = &next_[++number_ % 2];
      job.next->store(0);
      job_ = job;
    }
    changed_.notify_one();
    TakeBlocks(job);
  }

 private:
  void Serve() {
    uint64_t seen = 0;
    for (;;) {
      Job job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [&] { return ends_ || number_ != seen; });
        if (ends_) return;
        seen = number_;
        job = job_;
      }
      TakeBlocks(job);
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<int64_t> next_[2] = {};
  uint64_t number_ = 0;
  bool ends_ = false;
  Job job_;
  std::thread other_;
};

}  // namespace

extern "C" int ke_setup(const ke_call*, void** state) {
  *state = new Pair;
  return 0;
}

extern "C" void ke_teardown(void* state) { delete static_cast<Pair*>(state); }

extern "C" int ke_run(const ke_call* call) {
  Job job;
  job.a = static_cast<const float*>(call->inputs[0].data);
  job.b = static_cast<const float*>(call->inputs[1].data);
  job.c = static_cast<float*>(call->outputs[0].data);
  job.m = call->inputs[0].shape[0];
  job.k = call->inputs[0].shape[1];
  job.n = call->inputs[1].shape[1];
  static_cast<Pair*>(call->state)->Run(job);
  return 0;
}
