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

std::vector<nanoseconds> SortedEarlyCpu(const std::vector<CallReport>& calls) {
  std::vector<nanoseconds> times;
  for (const CallReport& call : calls) times.push_back(call.early_cpu);
  std::sort(times.begin(), times.end());
  return times;
}

// How many of them, sorted, are clearly more than `usual`.
size_t CountBeyond(const std::vector<nanoseconds>& times, nanoseconds usual) {
  constexpr nanoseconds kSlack = microseconds(100);
  return static_cast<size_t>(
      times.end() -
      std::upper_bound(times.begin(), times.end(), 2 * usual + kSlack));
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
  const auto own = SortedEarlyCpu(candidate_), others = SortedEarlyCpu(baseline_);
  if (own.empty() || others.empty()) return std::nullopt;
  // On a busy machine a baseline, too, spins for a judge without a core, and the
  // worst of its calls would excuse anything; but idle threads of an honest
  // kernel may then do the same rather often.
  const nanoseconds usual = std::max(nanoseconds(0), others[others.size() * 9 / 10]);
  const size_t early = CountBeyond(own, usual);
  const size_t beyond_all = CountBeyond(own, std::max(usual, others.back()));
  const bool often = early >= kEnoughCalls && 3 * early >= 2 * own.size();
  const bool clearly = beyond_all >= kEnoughCalls && 4 * beyond_all >= own.size();
  if (!often && !clearly) return std::nullopt;
  return Failure{Code::kBatchSkip,
                 format("worked before the clock ran: up to {:.0f} us of CPU time "
                        "beside the call since the process was woken, in {} of {} "
                        "calls; a baseline used {:.0f} us", Us(own.back()), early,
                        own.size(), Us(usual)),
                 InfoOf(Check::kEarlyWork).name, ""};
}

}  // namespace kernelevolve::worker
