// Tier H: whether a candidate's processes keep the device from the panel.
#include "measure/statistics.h"
#include "worker/gpu/judge/gpu_timing.h"

namespace kernelevolve::worker::gpu {

QuietParts GpuTiming::ForQuiet() const {
  return {parts_.driver, parts_.kernels, parts_.task, parts_.memory,
          parts_.panel, *parts_.outside, Flush()};
}

Status GpuTiming::Quiet(const std::vector<ShapeCase>& shapes,
                        const PanelRanking& ranking) {
  QuietRecord record;
  for (const ShapeCase& shape : shapes) {
    parts_.memory.Place(parts_.task, shape, PlacementRule::kAligned256, 0);
    RETURN_IF_ERROR(exact_inputs_.Write({shape, InputFamily::kDeclared, 2001},
                                        /*constants=*/true, parts_.memory));
    ASSIGN_OR_RETURN(record[shape.name],
                     MeasureQuiet(ForQuiet(), shape, ranking.anchors.at(shape.name)));
  }
  for (auto& [name, times] : record) (*parts_.quiet)[name] = times;
  return {};
}

void GpuTiming::RetireAll() {
  for (const int world : {0, 1}) parts_.processes.Retire(world);
}

Verdictless GpuTiming::CheckPanelAlone(const PlannedKernel& kernel, size_t index,
                                       const measure::TimingPlan& plan,
                                       PanelRanking* ranking,
                                       measure::ProcessTimes* times) {
  if (!parts_.outside || !checks_.on(Check::kPanelAlone)) return std::nullopt;
  const ShapeCase& shape = shapes_[index];
  const auto beside = [&]() -> QuietTimes {
    const size_t anchor = ranking->anchors.at(shape.name);
    return {measure::Median(times->baselines_us[anchor]),
            parts_.outside->beside_us()};
  };
  const auto disturbed = [&] {
    return IsDisturbed(parts_.quiet->at(shape.name), beside());
  };
  if (!disturbed()) return std::nullopt;
  RETURN_IF_FAILED(MeasureRight(kernel, index, plan, ranking, times));
  if (!disturbed()) return std::nullopt;
  const QuietTimes found = beside();  // before the clock is used for another
  RetireAll();
  ASSIGN_OR_RETURN(const QuietTimes alone,
                   MeasureQuiet(ForQuiet(), shape, ranking->anchors.at(shape.name)));
  return ExplainDisturbance(shape.name, parts_.quiet->at(shape.name), found, alone);
}

}  // namespace kernelevolve::worker::gpu
