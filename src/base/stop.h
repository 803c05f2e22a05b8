// StopCondition: one flag that ends a run, whoever raises it.
//
// Owned by main; Request may be called from a signal handler and from any
// thread; the others read. The first reason wins.
#pragma once

#include <atomic>

namespace kernelevolve {

class StopCondition {
 public:
  enum class Reason { kNone, kInterrupt, kTerminate, kBudget };

  void Request(Reason reason) noexcept {
    Reason expected = Reason::kNone;
    reason_.compare_exchange_strong(expected, reason);
  }
  bool requested() const noexcept { return reason() != Reason::kNone; }
  Reason reason() const noexcept { return reason_.load(); }

 private:
  std::atomic<Reason> reason_{Reason::kNone};
  static_assert(std::atomic<Reason>::is_always_lock_free);
};

}  // namespace kernelevolve
