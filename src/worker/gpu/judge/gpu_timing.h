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
#include "worker/gpu/judge/gpu_correctness.h"
#include "worker/gpu/judge/gpu_roofs.h"
#include "worker/timing/report.h"
#include "worker/timing/stage_timing.h"

namespace kernelevolve::worker::gpu {

TimingPlan PlanGpuTiming(Stage stage);

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
    Launchers& launchers;
    TorchPanel& panel;
    const GpuRoofs& roofs;
    uint64_t flush_bytes;
  };
  GpuTiming(const Parts& parts, std::string secret, std::string fresh_secret,
            const CheckSet& checks);

  // Which member is quickest at each shape, by a few calls.
  Result<PanelRanking> Rank(const std::vector<ShapeCase>& shapes);
  Verdictless Run(const PlannedKernel& kernel, const PanelRanking& ranking,
                  const std::vector<ShapeCase>& shapes, Stage stage,
                  Evaluation* evaluation, Evidence* evidence);

 private:
  Verdictless Round(const PlannedKernel& kernel, const PanelRanking& ranking,
                    const TimingPlan& plan);
  Verdictless MeasureShape(GpuSession& session, const PlannedKernel& kernel,
                           size_t index, const std::vector<size_t>& members,
                           const TimingPlan& plan);
  // First calls: exact answers, and everything is warm afterwards.
  Verdictless WarmUp(GpuSession& session, const PlannedKernel& kernel,
                     const ShapeCase& shape, const std::vector<size_t>& members);
  // All sides on the same fresh inputs in `order`; 0 is the candidate, i + 1 the
  // i-th of `members`. Times are added to `sums`.
  Verdictless Half(GpuSession& session, const ShapeCase& shape,
                   const std::vector<size_t>& members,
                   const std::vector<size_t>& order, std::vector<double>* sums);
  Verdictless CompareWithPanel(GpuSession& session, const ShapeCase& shape);
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
  Evidence* evidence_ = nullptr;
  std::vector<ShapeCase> shapes_;
  std::vector<measure::ShapeTimes> times_;  // parallel to shapes_
};

}  // namespace kernelevolve::worker::gpu
