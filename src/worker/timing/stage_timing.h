// StageTiming: how much is measured at each stage, and what is made of it.
//
// Search: one round of processes, the quickest panel member only; it ranks.
// Confirm and final: several rounds of fresh processes, the whole panel, and an
// interval over processes (judge.md 3.5, 3.6). There the best baseline runs in a
// second process as well, and what differs between its two is noise.
#pragma once

#include "core/evaluation.h"
#include "measure/aggregate.h"
#include "measure/timing_plan.h"
#include "worker/judge/task_context.h"
#include "worker/timing/host_state.h"
#include "worker/timing/lane.h"
#include "worker/timing/noise_report.h"
#include "worker/timing/report.h"
#include "worker/timing/roofs.h"
#include "worker/timing/timed_process.h"

namespace kernelevolve::worker {

// One evaluation; the caller holds the lane.
class StageTiming {
 public:
  StageTiming(const Machine& machine, TaskContext& context, const Roofs& roofs,
              std::string secret, const CheckSet& checks)
      : machine_(machine), context_(context), roofs_(roofs), secret_(secret),
        checks_(checks) {}

  // Fills speedup, intervals, shapes, panel, environment and notes of
  // `evaluation`; sets its status to INCONCLUSIVE where the numbers cannot be
  // trusted.
  Verdictless Run(const fs::path& library, Stage stage, Evaluation* evaluation,
                  Evidence* evidence);

 private:
  Verdictless MeasureAnchors(Evidence* evidence);
  // Waits a little for a core that others use.
  void AwaitQuiet();
  // Anew where the machine was disturbed.
  Verdictless MeasureToRank(const fs::path& library,
                            const measure::TimingPlan& plan, Evidence* evidence);
  // More processes where those so far say nothing: a rule that looks at how
  // precise the ratio is, and not at what it is.
  Verdictless MeasureToClaim(const fs::path& library,
                             const measure::TimingPlan& plan,
                             Evidence* evidence);
  // The plan's processes, and what was seen of the machine and the noise.
  Verdictless Observe(const fs::path& library, const measure::TimingPlan& plan,
                      Evidence* evidence);
  // What was measured and seen, in the evaluation.
  void Report(Stage stage, Evaluation* evaluation);
  void Clear(const measure::TimingPlan& plan);
  // As many processes as the plan has, beside those that there are.
  Verdictless Measure(const fs::path& library, const measure::TimingPlan& plan,
                      Evidence* evidence);
  Verdictless MeasureShape(TimedProcess& process, size_t shape_index,
                           const measure::TimingPlan& plan, Evidence* evidence);
  TimedProcessOptions RoundOptions(const fs::path& library, int round,
                                   const measure::TimingPlan& plan) const;
  std::vector<size_t> MembersFor(const ShapeCase& shape, bool whole_panel) const;
  // The member that is timed against itself: the quickest at most shapes.
  size_t TwinMember() const;
  // Whether the baselines took longer or shorter than they usually do: then
  // something else ran, and the round says little. Remembers these times.
  bool AnchorsStrayed();
  TimedShapes Timed() const;
  void NoteFlush(Evaluation* evaluation) const;
  // Adds what the sides did beside the clock, and says so where it is much of the
  // candidate's time. After all that compares times with what is possible.
  void AddEarlyWork(Evaluation* evaluation);

  const Machine& machine_;
  TaskContext& context_;
  const Roofs& roofs_;
  std::string secret_;
  CheckSet checks_;
  std::vector<ShapeCase> shapes_;
  std::vector<measure::ShapeTimes> times_;  // parallel to shapes_
  // Parallel to their processes: what is to be added to them.
  std::vector<std::vector<measure::ProcessTimes>> charges_;
  // Likewise, of a baseline and itself; empty where it is not timed twice.
  std::vector<measure::ShapeTimes> twins_;
  HostState before_, after_;
  NoiseSeen noise_;
  double waited_s_ = 0;
};

}  // namespace kernelevolve::worker
