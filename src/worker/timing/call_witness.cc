#include "worker/timing/call_witness.h"

#include <algorithm>

#include "base/format.h"

namespace kernelevolve::worker {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

// Below this a call is as long as the way to it and back.
constexpr nanoseconds kLongEnough = microseconds(20);
constexpr size_t kEnoughCalls = 6;

// What nine in ten of them stay below: a baseline that waited for a judge without
// a core would excuse anything.
nanoseconds UsualEarlyCpu(const std::vector<CallReport>& calls) {
  std::vector<nanoseconds> times;
  for (const CallReport& call : calls) times.push_back(call.early_cpu);
  if (times.empty()) return {};
  const auto at = times.begin() + static_cast<ptrdiff_t>(times.size() * 9 / 10);
  std::nth_element(times.begin(), at, times.end());
  return *at;
}

double Us(nanoseconds time) { return static_cast<double>(time.count()) * 1e-3; }

}  // namespace

std::optional<Failure> CallWitness::Judge(const CheckSet& checks) const {
  if (checks.on(Check::kClockClaim))
    if (auto failure = JudgeClock()) return failure;
  if (checks.on(Check::kEarlyWork)) return JudgeEarlyWork();
  return std::nullopt;
}

std::optional<Failure> CallWitness::JudgeClock() const {
  if (!spin_) return std::nullopt;
  // Ours starts before the runner's and stops after it, so that it shows no
  // less. It shows far more now and then, where something else took our core.
  constexpr nanoseconds kSlack = microseconds(100);
  size_t counted = 0, slow = 0, fast = 0;
  CallReport example;
  for (const CallReport& call : candidate_) {
    if (call.elapsed < kLongEnough) continue;
    ++counted;
    const bool is_slow = call.claimed < call.elapsed / 2;
    const bool is_fast = call.claimed > call.elapsed + kSlack;
    slow += is_slow;
    fast += is_fast;
    if (is_slow || is_fast) example = call;
  }
  if (counted < kEnoughCalls || (slow < counted && fast < counted))
    return std::nullopt;
  return Failure{Code::kClockTamper,
                 format("the clock of its process was changed: it shows {:.1f} us "
                        "for a call that took {:.1f} us, and so for all",
                        Us(example.claimed), Us(example.elapsed)),
                 InfoOf(Check::kClockClaim).name, ""};
}

std::optional<Failure> CallWitness::JudgeEarlyWork() const {
  constexpr nanoseconds kSlack = microseconds(100);
  const nanoseconds usual = UsualEarlyCpu(baseline_);
  const nanoseconds allowed = 2 * usual + kSlack;
  size_t early = 0;
  nanoseconds longest{};
  for (const CallReport& call : candidate_) {
    early += call.early_cpu > allowed;
    longest = std::max(longest, call.early_cpu);
  }
  if (early < kEnoughCalls || 4 * early < candidate_.size()) return std::nullopt;
  return Failure{Code::kBatchSkip,
                 format("worked before the clock ran: up to {:.0f} us of CPU time "
                        "between waking up and the start of a call, in {} of {} "
                        "calls; a baseline used {:.0f} us", Us(longest), early,
                        candidate_.size(), Us(usual)),
                 InfoOf(Check::kEarlyWork).name, ""};
}

}  // namespace kernelevolve::worker
