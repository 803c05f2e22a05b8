// Judge: one candidate in, one Evaluation out. The order of the gates is that
// of judge.md 2.1: cheap ones first, each fails closed.
#pragma once

#include <functional>
#include <string>

#include "wire/messages.h"
#include "worker/judge/machine.h"
#include "worker/judge/task_context.h"
#include "worker/timing/lane.h"
#include "worker/timing/roofs.h"

namespace kernelevolve::worker {

// One per worker process, one thread.
class Judge {
 public:
  Judge(const Machine& machine, const Lane& lane)
      : machine_(machine), lane_(lane), contexts_(machine) {}

  using Progress = std::function<void(const std::string& phase)>;

  // An Error means that nothing can be said of the candidate: the task is broken
  // (kBadInput), a tool is missing, the machine failed.
  Result<Evaluation> Evaluate(const wire::EvaluateRequest& request,
                              const Progress& progress);
  // Gate G0.
  Result<std::vector<wire::TaskFinding>> CheckTask(
      const wire::CheckTaskRequest& request);

 private:
  struct Trip;  // what one evaluation carries along

  Verdictless BuildCandidate(Trip& trip);
  Verdictless CheckCorrectness(Trip& trip);
  Verdictless Time(Trip& trip);
  // What is said of a candidate that builds where nothing more was asked for.
  Evaluation BuiltOnly(Trip& trip);
  // Of an accepted candidate only; changes no verdict.
  void Explain(Trip& trip);
  const Roofs& MachineRoofs();
  Result<wire::TaskFinding> CheckCost(const wire::EvaluateRequest& request,
                                      TaskContext& context);
  void Finish(Trip& trip, const std::optional<Failure>& failure);

  const Machine& machine_;
  const Lane& lane_;
  TaskContexts contexts_;
  std::optional<Roofs> roofs_;
};

}  // namespace kernelevolve::worker
