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
#include "worker/timing/early_charge.h"
#include "worker/timing/panel.h"
#include "worker/timing/panel_compare.h"

namespace kernelevolve::worker {

// Times of one palindromic block A B1 … Bn Bn … B1 A (or its mirror image):
// nanoseconds, mean of the two calls of each side.
struct BlockTimes {
  double candidate = 0;
  std::vector<double> baselines;
  // The two calls of each side, the candidate's first.
  std::vector<std::vector<ClockedCall>> calls;
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
  // One block. With `exact`, one of its halves, drawn by lot, is checked against
  // the oracle, otherwise both halves against the panel's own output. With
  // `without_last` the last member that takes part here sits out: it has no calls
  // and the time 0.
  Verdictless Block(bool exact, bool without_last, BlockTimes* times,
                    Evidence* evidence);

  // After the last block: what the candidate does while nobody calls it, and
  // what its calls told beside their time.
  Verdictless Drain();

  // Of a number of blocks, the one to be checked against the oracle: a candidate
  // must not know which.
  size_t DrawExactBlock(size_t blocks) { return random_.Below(blocks); }
  // Threads of the candidate and of each baseline that takes part.
  std::vector<size_t> Threads() const;

  // What a call that does nothing costs on this mailbox, nanoseconds.
  Result<double> EmptyCallNs();

 private:
  TimedProcess(const Machine& machine, Oracle& oracle,
               const TimedProcessOptions& options);
  Result<std::unique_ptr<Session>> StartSide(const fs::path& library, bool trusted,
                                             std::optional<Failure>* failure);
  // The inputs of one half of a block.
  struct Drawn {
    bool exact = false;
    InputCase input_case;
    InputSet inputs;
  };
  Drawn Draw(bool exact);
  // What the oracle allows at these inputs, for comparisons with the panel.
  Status Grant(const Drawn& drawn);
  // One half of a block: all sides on the same inputs, in `order`.
  Verdictless Half(const std::vector<size_t>& order, const Drawn& drawn,
                   Evidence* evidence);
  // Threads that spin for a while before they sleep do so now, when there is
  // nothing new to be seen, and not when the process is woken for a call.
  Verdictless LetThreadsRest();
  Verdictless TimeOne(size_t side, Evidence* evidence);
  // Reads what the calls used of the CPU, once all processes have come to rest.
  void SettleCalls(const std::vector<size_t>& called);
  Verdictless CheckHalf(const Drawn& drawn, Evidence* evidence);
  Verdictless CompareWithPanel(const Drawn& drawn, Evidence* evidence);
  // Candidate and panel differ: who is wrong? Nobody is refused on a baseline's
  // word.
  Verdictless Arbitrate(const Drawn& drawn, size_t output,
                        const PanelComparison& found, Evidence* evidence);
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
  // Of each side: its call in this half, and its threads at this shape.
  std::vector<CallReport> reports_;
  std::vector<size_t> threads_;
  std::chrono::steady_clock::time_point last_stop_{};
  ShapeCase shape_;
  CallWitness witness_;
  // Of the candidate's right outputs at this shape.
  std::vector<uint64_t> earlier_;
  int64_t fresh_trial_ = 0;
  int64_t exact_trial_ = 0;
  // Per output: the largest relative allowance the oracle granted at this
  // shape, for comparisons with the panel's output.
  std::vector<double> relative_allowance_;
  // Likewise of the root mean square of all differences.
  std::vector<double> rms_allowance_;
};

}  // namespace kernelevolve::worker
