// DeferredEvaluator: a judge elsewhere, whose answers take their time and may
// come after this process has ended.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "eval/evaluator.h"

namespace kernelevolve {

// Who judged; keys evaluations.
struct JudgingMachine {
  std::string device, toolchain;
};

// Evaluate is for any thread, the rest for the one that owns the run.
class DeferredEvaluator : public Evaluator {
 public:
  // To be called again and again while evaluations are on their way: sends what
  // is due, hands out what came. `in_flight` of the caller's jobs have begun,
  // and no other will before one of them ends. `before_sending` is called before
  // anything leaves, to keep what must be known when the answer comes; it must
  // not call back. Errors are of this side.
  virtual Status Turn(int in_flight,
                      const std::function<Status()>& before_sending) = 0;
  // Calls of Evaluate that have no answer yet.
  virtual int unanswered() const = 0;
  // Why this process need not wait any longer, and what to do meanwhile; "" as
  // long as it may. From then on Evaluate ends with kInterrupted.
  virtual std::string GivenUp() const = 0;
  // What was wrong with answers that came, since last asked: a line each.
  virtual std::vector<std::string> TakeNotes() = 0;
  // Of the latest answer about this candidate at this stage, of the latest of
  // all where there is none.
  virtual JudgingMachine MachineOf(const std::string& candidate_id,
                                   Stage stage) const = 0;
};

}  // namespace kernelevolve
