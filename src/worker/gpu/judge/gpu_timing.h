// GpuTiming: a kernel and its panel side by side on one device, block by block.
// Every timed call gets inputs nobody has seen, an emptied cache, and a
// comparison of every output element. The device's counterpart of
// worker/timing/{timed_process,stage_timing}.h.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "core/evaluation.h"
#include "worker/gpu/host/outside_clock.h"
#include "worker/gpu/judge/clock_watch.h"
#include "worker/gpu/judge/event_claim.h"
#include "worker/gpu/judge/gpu_correctness.h"
#include "worker/gpu/judge/gpu_roofs.h"
#include "worker/gpu/judge/quiet_device.h"
#include "worker/timing/host_state.h"
#include "worker/timing/lane.h"
#include "worker/timing/noise_report.h"
#include "worker/timing/report.h"
#include "measure/timing_plan.h"

namespace kernelevolve::worker::gpu {

// What the search stage knows of the panel: which member was quickest where.
struct PanelRanking {
  std::map<std::string, size_t> anchors;  // shape name → member
};

// One evaluation; the caller holds the lane.
class GpuTiming {
 public:
  struct Parts {
    const Driver& driver;
    DeviceKernels& kernels;
    const Task& task;
    TaskMemory& memory;
    GpuOracle& oracle;
    KernelProcesses& processes;
    TorchPanel& panel;
    const GpuRoofs& roofs;
    uint64_t flush_bytes;
    // Tier H: the clock that counts, and what it and the panel read without a
    // candidate.
    OutsideClock* outside = nullptr;
    QuietRecord* quiet = nullptr;
    const DeviceMonitor* monitor = nullptr;
  };
  GpuTiming(const Parts& parts, std::string secret, std::string fresh_secret,
            const CheckSet& checks);

  // Which member is quickest at each shape, by a few calls.
  Result<PanelRanking> Rank(const std::vector<ShapeCase>& shapes);
  // Tier H: adds these shapes to the record. There is no process of a candidate.
  Status Quiet(const std::vector<ShapeCase>& shapes, const PanelRanking& ranking);
  // A baseline that turns out to be wrong is left out, here and in `ranking`.
  Verdictless Run(const PlannedKernel& kernel,
                  const std::vector<ShapeCase>& shapes, Stage stage,
                  PanelRanking* ranking, Evaluation* evaluation,
                  Evidence* evidence);

 private:
  // All rounds, from the beginning.
  Verdictless Measure(const PlannedKernel& kernel, const measure::TimingPlan& plan,
                      PanelRanking* ranking);
  Verdictless MeasureShape(const PlannedKernel& kernel, size_t index,
                           const measure::TimingPlan& plan, PanelRanking* ranking);
  // Against the first member that proves right.
  Verdictless MeasureRight(const PlannedKernel& kernel, size_t index,
                           const measure::TimingPlan& plan, PanelRanking* ranking,
                           measure::ProcessTimes* times);
  // Ends early with first_is_wrong_ where that is so.
  Verdictless MeasureAgainst(GpuSession& session, const PlannedKernel& kernel,
                             size_t index, const std::vector<size_t>& members,
                             const measure::TimingPlan& plan,
                             measure::ProcessTimes* times);
  // `member` has failed as a witness at a shape: it has no times there.
  Status LeaveOut(size_t member, size_t index, PanelRanking* ranking);
  // Tier H: measures again where the device was not quiet; then it is a failure,
  // and no process of the candidate lives.
  Verdictless CheckPanelAlone(const PlannedKernel& kernel, size_t index,
                              const measure::TimingPlan& plan,
                              PanelRanking* ranking, measure::ProcessTimes* times);
  QuietParts ForQuiet() const;
  void RetireAll();
  // First calls: exact answers, and everything is warm afterwards.
  Verdictless WarmUp(GpuSession& session, const PlannedKernel& kernel,
                     const ShapeCase& shape, const std::vector<size_t>& members);
  // All sides on the same fresh inputs in `order`; 0 is the candidate, i + 1 the
  // i-th of `members`. Times are added to `sums`.
  Verdictless Half(GpuSession& session, const ShapeCase& shape,
                   const std::vector<size_t>& members,
                   const std::vector<size_t>& order, std::vector<double>* sums);
  // Writes inputs that nobody has seen, where the panel reads them.
  Status Fresh(const ShapeCase& shape);
  // One timed call of the candidate; in tier H its inputs are new as well.
  Verdictless TimeCandidate(GpuSession& session, const ShapeCase& shape,
                            double* time);
  // A hot cache: the candidate runs once untimed, as each member does, on other
  // values, so that what it remembers of them is of no use. Then the inputs of
  // this half once more.
  Verdictless Warm(GpuSession& session, const ShapeCase& shape);
  Verdictless Compare(GpuSession& session, const ShapeCase& shape);
  // Tier H: wrong because nobody waited?
  Verdictless NameLate(GpuSession& session, const ShapeCase& shape,
                       const Failure& failure);
  // Tier H: nothing was written since the clock stopped, and no input ever.
  Verdictless CheckStill(GpuSession& session, const ShapeCase& shape);
  // CLOCK_TAMPER where events in the candidate's process are too good.
  Verdictless CheckClaims(const ShapeCase& shape);
  Verdictless CheckEvents(const ShapeCase& shape);  // tier K
  // True where the device was held back so that its times say nothing.
  bool NoteClocks(Evaluation* evaluation) const;
  // What was seen of host, device and noise since `before`.
  void NoteEnvironment(const HostState& before, const NoiseSeen& noise,
                       Evaluation* evaluation) const;
  void NoteHow(Evaluation* evaluation) const;
  // And why none does.
  std::string NoBaseline(const ShapeCase& shape) const;
  std::vector<size_t> MembersFor(const ShapeCase& shape,
                                 const PanelRanking& ranking, bool whole) const;
  uint64_t Flush() const;
  TimedShapes Timed() const;

  Parts parts_;
  CheckSet checks_;
  std::string secret_;
  DeviceInputs exact_inputs_, fresh_inputs_;
  Random random_;
  int64_t fresh_trial_ = 0;
  std::vector<Allowance> granted_;  // by the exact answer of this shape
  bool first_is_wrong_ = false;     // the first of the members, at this shape
  std::string no_graph_;  // as GpuSession says, at any shape
  // Tier H: the last call, and all of this shape.
  OutsideTime last_;
  std::vector<double> claims_us_, seen_us_;
  EventClaims event_claims_;  // tier K
  ClockWatch watch_;
  Evidence* evidence_ = nullptr;
  std::vector<ShapeCase> shapes_;
  std::vector<measure::ShapeTimes> times_;  // parallel to shapes_
};

}  // namespace kernelevolve::worker::gpu
