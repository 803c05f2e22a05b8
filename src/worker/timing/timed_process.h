// TimedProcess: candidate and panel side by side for one round of fresh
// processes. Every call gets inputs nobody has seen, a cache in the state the
// task asks for, the judge's clock, and a comparison of every output element.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "worker/judge/checks.h"
#include "worker/judge/oracle.h"
#include "worker/judge/verify.h"
#include "worker/timing/call_witness.h"
#include "worker/timing/panel.h"

namespace kernelevolve::worker {

// Times of one palindromic block A B1 … Bn Bn … B1 A (or its mirror image):
// nanoseconds, mean of the two calls of each side.
struct BlockTimes {
  double candidate = 0;
  std::vector<double> baselines;
};

struct TimedProcessOptions {
  const Task* task = nullptr;
  std::vector<ShapeCase> shapes;
  fs::path candidate;
  std::vector<PanelMember> panel;
  PlacementRule placement = PlacementRule::kAligned64;
  // Root of the inputs whose exact answers are looked up; the rest is drawn
  // from `fresh_seed`, which is new for every process.
  std::string secret;
  std::string fresh_secret;
  CheckSet checks;
};

// One thread, which holds the lane.
class TimedProcess {
 public:
  static Result<std::unique_ptr<TimedProcess>> Start(
      const Machine& machine, Oracle& oracle, const TimedProcessOptions& options,
      std::optional<Failure>* failure);

  // Binds a shape in every process and makes two warm-up calls each.
  // `members`: which of the panel take part.
  Verdictless Enter(const ShapeCase& shape, const std::vector<size_t>& members,
                    Evidence* evidence);
  // One block. With `exact`, its first half is checked against the oracle,
  // otherwise both halves against the panel's own output.
  Verdictless Block(bool exact, BlockTimes* times, Evidence* evidence);

  // After the last block: what the candidate does while nobody calls it, and
  // what its calls told beside their time.
  Verdictless Drain();

  // What a call that does nothing costs on this mailbox, nanoseconds.
  Result<double> EmptyCallNs();

 private:
  TimedProcess(const Machine& machine, Oracle& oracle,
               const TimedProcessOptions& options);
  Result<std::unique_ptr<Session>> StartSide(const fs::path& library, bool trusted,
                                             std::optional<Failure>* failure);
  // One half of a block: all sides on the same inputs, in `order`.
  Verdictless Half(const std::vector<size_t>& order, bool exact,
                   std::vector<double>* sums, Evidence* evidence);
  Verdictless TimeOne(size_t side, double* nanoseconds);
  Verdictless CheckHalf(bool exact, const InputCase& input_case,
                        const InputSet& inputs, Evidence* evidence);
  std::optional<Failure> CompareWithPanel(const Session& trusted,
                                          const InputCase& input_case,
                                          Evidence* evidence);
  // More calls, for a second look: a busy moment of the machine looks like work
  // before the clock ran, and does not come twice; a habit does.
  Verdictless WitnessAgain();
  // Wrong values may be remembered ones, or none: says which.
  Failure Rename(const Failure& failure) const;
  Failure PanelFailure(size_t side, const Failure& failure) const;

  const Machine& machine_;
  Oracle& oracle_;
  TimedProcessOptions options_;
  InputGenerator exact_generator_, fresh_generator_;
  Random random_;
  std::shared_ptr<InputBuffers> inputs_;
  // Side 0 is the candidate, side i + 1 is panel member i.
  std::vector<std::unique_ptr<Session>> sides_;
  std::vector<size_t> active_;
  ShapeCase shape_;
  CallWitness witness_;
  // Of the candidate's right outputs at this shape.
  std::vector<uint64_t> earlier_;
  int64_t fresh_trial_ = 0;
  int64_t exact_trial_ = 0;
  // Per output: the largest relative allowance the oracle granted at this
  // shape, for comparisons with the panel's output.
  std::vector<double> relative_allowance_;
};

}  // namespace kernelevolve::worker
