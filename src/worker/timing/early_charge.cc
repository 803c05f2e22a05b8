#include "worker/timing/early_charge.h"

#include <algorithm>

namespace kernelevolve::worker {
namespace {

// Too few to tell a habit from chance.
constexpr size_t kEnoughCalls = 6;
// A habit, over the usual: what stops and starts of equal kernels differ by, which
// grows with what a call leaves in the caches.
constexpr double kHabitSlackNs = 2'000, kHabitShare = 0.02;
// A single call, over nine in ten of a baseline's: interrupts.
constexpr double kCallSlackNs = 10'000;
// Measured: 4 to 8 us. More threads than these wake at the kernel's expense.
constexpr double kThreadNs = 8'000;
constexpr size_t kMostThreads = 8;

double Quantile(const std::vector<ClockedCall>& calls, double share) {
  std::vector<double> sorted;
  for (const ClockedCall& call : calls) sorted.push_back(call.beside);
  std::sort(sorted.begin(), sorted.end());
  const auto at = static_cast<size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)];
}

double MedianElapsed(const std::vector<ClockedCall>& calls) {
  std::vector<double> sorted;
  for (const ClockedCall& call : calls) sorted.push_back(call.elapsed);
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() / 2];
}

double ForThreads(size_t threads) {
  const size_t others = threads > 0 ? threads - 1 : 0;
  return kThreadNs * static_cast<double>(std::min(others, kMostThreads));
}

}  // namespace

EarlyCharge::EarlyCharge(const std::vector<ClockedSide>& baselines) {
  std::vector<ClockedCall> all;
  for (const ClockedSide& side : baselines)
    all.insert(all.end(), side.calls.begin(), side.calls.end());
  known_ = all.size() >= kEnoughCalls;
  if (!known_) return;
  // Never negative: an interrupted call shows less than it used, which is no
  // measure for others.
  usual_ = std::max(0.0, Quantile(all, 0.5));
  most_ = std::max(usual_, Quantile(all, 0.9));
}

std::vector<double> EarlyCharge::Of(const ClockedSide& side) const {
  std::vector<double> charges(side.calls.size(), 0);
  if (!known_ || side.calls.size() < kEnoughCalls) return charges;
  const double threads = ForThreads(side.threads);
  const double habit = Quantile(side.calls, 0.5) - usual_ - threads -
                       kHabitSlackNs - kHabitShare * MedianElapsed(side.calls);
  for (size_t i = 0; i < charges.size(); ++i)
    charges[i] = std::max({0.0, habit, side.calls[i].beside - most_ - threads -
                                           kCallSlackNs});
  return charges;
}

}  // namespace kernelevolve::worker
