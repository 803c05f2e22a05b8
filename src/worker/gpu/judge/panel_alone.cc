// Tier H: whether a candidate's processes keep the device from the panel.
#include "base/format.h"
#include "worker/gpu/judge/gpu_timing.h"

namespace kernelevolve::worker::gpu {

Result<double> GpuTiming::PanelAlone(size_t member, const ShapeCase& shape) {
  constexpr int kCalls = 9;
  parts_.memory.Place(parts_.task, shape, PlacementRule::kAligned256, 0);
  RETURN_IF_ERROR(fresh_inputs_.Write(
      {shape, InputFamily::kDeclared, ++fresh_trial_}, /*constants=*/true,
      parts_.memory));
  std::vector<double> times;
  for (int call = 0; call < kCalls; ++call) {
    ASSIGN_OR_RETURN(const double time,
                     parts_.panel.Time(member, shape, Flush(), false, parts_.memory));
    times.push_back(time);
  }
  return Median(std::move(times));
}

Verdictless GpuTiming::CheckPanelAlone(const PanelRanking& ranking) {
  if (!parts_.outside || !checks_.on(Check::kPanelAlone)) return std::nullopt;
  parts_.processes.Retire(0);
  parts_.processes.Retire(1);
  for (size_t i = 0; i < shapes_.size(); ++i) {
    const ShapeCase& shape = shapes_[i];
    const auto anchor = ranking.anchors.find(shape.name);
    if (anchor == ranking.anchors.end() || times_[i].processes.empty()) continue;
    const double beside =
        Median(times_[i].processes.back().baselines_us[anchor->second]);
    ASSIGN_OR_RETURN(const double alone, PanelAlone(anchor->second, shape));
    if (!IsHeldUp(beside, alone)) continue;
    return Failure{Code::kSabotage,
                   format("{} takes {:.1f} us at shape {} while the candidate's "
                          "process lives, and {:.1f} us without it",
                          parts_.panel.name(anchor->second), beside, shape.name,
                          alone), InfoOf(Check::kPanelAlone).name, ""};
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker::gpu
