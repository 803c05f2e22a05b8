// CallWitness: what the calls of one round tell beside their time: whether the
// clock of the kernel's process agrees with ours, and whether work was done
// before ours ran.
#pragma once

#include <optional>
#include <vector>

#include "worker/judge/checks.h"
#include "worker/run/failure.h"
#include "worker/run/runner_process.h"

namespace kernelevolve::worker {

// Owned by one round of timing. Pure.
class CallWitness {
 public:
  // `spin`: judge and runner had a core each; elsewhere the judge learns late
  // of each return, and says nothing of clocks.
  explicit CallWitness(bool spin) : spin_(spin) {}

  void AddCandidate(const CallReport& report) { candidate_.push_back(report); }
  void AddBaseline(const CallReport& report) { baseline_.push_back(report); }

  std::optional<Failure> Judge(const CheckSet& checks) const;

 private:
  std::optional<Failure> JudgeClock() const;
  std::optional<Failure> JudgeEarlyWork() const;

  bool spin_;
  std::vector<CallReport> candidate_, baseline_;
};

}  // namespace kernelevolve::worker
