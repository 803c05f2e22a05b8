// LaunchThread: the one thread that clones children.
//
// The kernel ties a child's parent-death signal to the thread that made it, not
// to the process. If callers cloned themselves, a pool thread that ends would
// take its programs along.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace kernelevolve::worker {

// Owned by the sandbox; thread-safe. When it is destroyed, the programs it
// started die.
class LaunchThread {
 public:
  LaunchThread();
  ~LaunchThread();
  // Runs `work` on the thread and returns when it is done.
  void Run(const std::function<void()>& work);

 private:
  void Loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace kernelevolve::worker
