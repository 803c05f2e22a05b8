// What a case may ask for while it is judged: a busy machine, or the loss of the
// process that judges.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

namespace kernelevolve::cli {

// Owned by the thread that has a case in hand; ends with the case.
class Trouble {
 public:
  // `busy` threads that compute, and one that kills every worker of ours.
  Trouble(int busy, bool kill_worker);
  ~Trouble();
  Trouble(const Trouble&) = delete;

 private:
  std::atomic<bool> over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace kernelevolve::cli
