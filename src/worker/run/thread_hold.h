// ThreadHold: one thread of a kernel's process, stopped in the midst of its work
// while the others go on. A kernel that does not wait for all of its threads, or
// that takes what is begun for done, returns without what this one was at.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace kernelevolve::worker {

// Owned by the trial that makes a call. Begin and Release by one thread; what it
// starts in between ends with Release, or with this.
class ThreadHold {
 public:
  // `pid`: a child of ours.
  explicit ThreadHold(pid_t pid) : pid_(pid) {}
  ~ThreadHold() { Release(); }
  ThreadHold(const ThreadHold&) = delete;
  ThreadHold& operator=(const ThreadHold&) = delete;

  // After `delay` stops one of the threads but the first that run then, chosen by
  // `bits`, for `most` at the longest: honest ones wait for it. A system that does not
  // let us (ptrace is refused) leaves all as it is.
  void Begin(std::chrono::nanoseconds delay, std::chrono::nanoseconds most,
             uint64_t bits);
  // Whether one is held at this moment.
  bool holds() const { return holds_.load(); }
  // Lets it go on, or ends the search. Whether one was held until now.
  bool Release();

 private:
  void Search(std::chrono::nanoseconds delay, std::chrono::nanoseconds most,
              uint64_t bits);
  // 0 if told to end before one ran.
  pid_t Choose(uint64_t bits);
  // True once told to end; false after `time`.
  bool EndsWithin(std::chrono::nanoseconds time);

  const pid_t pid_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;      // guarded by mutex_
  std::atomic<bool> holds_{false};
  bool was_held_ = false;  // written by the search, read once it is joined
  std::thread search_;
};

}  // namespace kernelevolve::worker
