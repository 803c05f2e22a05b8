#include "engine/step_pool.h"

#include <utility>

namespace kernelevolve {

StepPool::StepPool(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

StepPool::~StepPool() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    work_.clear();
  }
  work_ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void StepPool::Submit(int64_t job, Work work) {
  {
    const std::lock_guard lock(mutex_);
    work_.push_back({job, std::move(work)});
  }
  work_ready_.notify_one();
}

std::optional<StepDone> StepPool::Wait(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  if (!done_ready_.wait_for(lock, limit, [this] { return !done_.empty(); }))
    return std::nullopt;
  StepDone done = std::move(done_.front());
  done_.pop_front();
  return done;
}

void StepPool::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_ready_.wait(lock, [this] { return closing_ || !work_.empty(); });
    if (closing_) return;
    Queued next = std::move(work_.front());
    work_.pop_front();
    lock.unlock();
    StepDone done{next.job, next.work()};
    lock.lock();
    done_.push_back(std::move(done));
    done_ready_.notify_one();
  }
}

}  // namespace kernelevolve
