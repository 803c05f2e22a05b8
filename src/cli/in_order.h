// Work that several threads do, and that is told of in the order of a list.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/result.h"

namespace kernelevolve::cli {

// Does the items 0 … count - 1 with `jobs` threads, each item once, and keeps what
// came of it. Owned by the thread that waits; `work` is called on the others, and
// what it refers to must outlive this.
template <typename T>
class InOrder {
 public:
  using Work = std::function<Result<T>(size_t)>;

  InOrder(size_t count, size_t jobs, Work work)
      : work_(std::move(work)), outcomes_(count) {
    CHECK(jobs > 0);
    for (size_t i = 0; i < std::min(jobs, count); ++i)
      threads_.emplace_back([this] { DoSome(); });
  }
  // Items that nobody has begun are left out; those in hand are waited for.
  ~InOrder() {
    given_up_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  InOrder(const InOrder&) = delete;

  // What came of an item; waits for it. Once for each.
  Result<T> Wait(size_t index) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return outcomes_[index].has_value(); });
    return std::move(*outcomes_[index]);
  }

 private:
  void DoSome() {
    for (size_t at; !given_up_ && (at = next_++) < outcomes_.size();) {
      Result<T> outcome = work_(at);
      const std::lock_guard lock(mutex_);
      outcomes_[at].emplace(std::move(outcome));
      changed_.notify_all();
    }
  }

  const Work work_;
  std::atomic<size_t> next_ = 0;
  std::atomic<bool> given_up_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::optional<Result<T>>> outcomes_;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace kernelevolve::cli
