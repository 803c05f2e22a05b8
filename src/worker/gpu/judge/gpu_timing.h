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
#include "worker/gpu/judge/gpu_correctness.h"
#include "worker/gpu/judge/gpu_roofs.h"
#include "worker/gpu/judge/quiet_device.h"
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
  };
  GpuTiming(const Parts& parts, std::string secret, std::string fresh_secret,
            const CheckSet& checks);

  // Which member is quickest at each shape, by a few calls.
  Result<PanelRanking> Rank(const std::vector<ShapeCase>& shapes);
  // Tier H: fills the record. There is no process of a candidate.
  Status Quiet(const std::vector<ShapeCase>& shapes, const PanelRanking& ranking);
  Verdictless Run(const PlannedKernel& kernel, const PanelRanking& ranking,
                  const std::vector<ShapeCase>& shapes, Stage stage,
                  Evaluation* evaluation, Evidence* evidence);

 private:
  Verdictless Round(const PlannedKernel& kernel, const PanelRanking& ranking,
                    const measure::TimingPlan& plan);
  // MeasureShape; in tier H again where the device was not quiet, and then a
  // failure.
  Verdictless MeasureQuietly(GpuSession& session, const PlannedKernel& kernel,
                             size_t index, const std::vector<size_t>& members,
                             const measure::TimingPlan& plan);
  Verdictless MeasureShape(GpuSession& session, const PlannedKernel& kernel,
                           size_t index, const std::vector<size_t>& members,
                           const measure::TimingPlan& plan,
                           measure::ProcessTimes* times);
  QuietParts ForQuiet() const;
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
  Verdictless CompareWithPanel(GpuSession& session, const ShapeCase& shape);
  // Tier H: nothing was written since the clock stopped, and no input ever.
  Verdictless CheckStill(GpuSession& session, const ShapeCase& shape);
  // Tier H: CLOCK_TAMPER where the process's own events are too good.
  Verdictless CheckClaims(const ShapeCase& shape) const;
  void NoteHow(Evaluation* evaluation) const;
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
  std::string no_graph_;  // as GpuSession says, at any shape
  // Tier H: the last call, and all of this shape.
  OutsideTime last_;
  std::vector<double> claims_us_, ours_us_;
  Evidence* evidence_ = nullptr;
  std::vector<ShapeCase> shapes_;
  std::vector<measure::ShapeTimes> times_;  // parallel to shapes_
};

}  // namespace kernelevolve::worker::gpu
