#include "worker/gpu/judge/library_bound.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "core/task.h"

namespace kernelevolve::worker::gpu {

std::optional<Expected> WidenedByLibrary(const Expected& expected,
                                         const std::vector<Comparison>& plain,
                                         double slack) {
  constexpr double kMost = 8;  // as with ceilings
  Expected wider = expected;
  bool any = false;
  for (size_t i = 0; i < plain.size() && i < wider.outputs.size(); ++i) {
    const double factor = std::min(slack * plain[i].worst, kMost);
    if (!std::isfinite(plain[i].worst) || !(factor > 1)) continue;
    any = true;
    for (float& allowance : wider.outputs[i].allowance)
      allowance = static_cast<float>(allowance * factor);
  }
  if (!any) return std::nullopt;
  return wider;
}

std::string BeyondLibrary(const ExpectedOutput& expected, const Comparison& own,
                          const Comparison& plain) {
  constexpr double kOverMax = 4, kOverRms = 2, kUnitsOfMax = 8, kUnitsOfRms = 4;
  if (!IsFloating(expected.dtype) || std::isinf(expected.baseline_max)) return "";
  const double u = UnitRoundoff(expected.dtype);
  if (own.error_max <= kOverMax * plain.error_max + kUnitsOfMax * u &&
      own.error_rms <= kOverRms * plain.error_rms + kUnitsOfRms * u)
    return "";
  return format("exceed what a library of the same precision makes: max {:.3g} against "
                "{:.3g}, rms {:.3g} against {:.3g} (relative)",
                own.error_max, plain.error_max, own.error_rms, plain.error_rms);
}

}  // namespace kernelevolve::worker::gpu
