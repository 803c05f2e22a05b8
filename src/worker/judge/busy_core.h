// BusyCore: somebody else on a core, who takes every second slice of its time.
#pragma once

#include <atomic>
#include <thread>

namespace kernelevolve::worker {

// Busy from construction to destruction.
class BusyCore {
 public:
  explicit BusyCore(int cpu);
  BusyCore(const BusyCore&) = delete;
  ~BusyCore();

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace kernelevolve::worker
