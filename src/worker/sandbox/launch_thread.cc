#include "worker/sandbox/launch_thread.h"

namespace kernelevolve::worker {

LaunchThread::LaunchThread() : thread_([this] { Loop(); }) {}

LaunchThread::~LaunchThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LaunchThread::Run(const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return work_ == nullptr; });
  work_ = &work;
  changed_.notify_all();
  changed_.wait(lock, [&] { return work_ != &work; });
}

void LaunchThread::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return work_ || stop_; });
    if (!work_) return;
    (*work_)();
    work_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace kernelevolve::worker
