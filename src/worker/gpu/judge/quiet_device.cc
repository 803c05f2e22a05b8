#include "worker/gpu/judge/quiet_device.h"

#include "base/format.h"
#include "measure/statistics.h"
#include "worker/judge/checks.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr int kCalls = 15;
// Clocks and temperature explain a fifth, not a half.
constexpr double kMore = 1.2, kPlainlyMore = 1.5;
// An event's resolution and a launch; a process that a busy system did not run at
// once, which a slice of the device's time (a millisecond and more) exceeds.
constexpr double kAnchorSlackUs = 5, kEmptySlackUs = 600;

bool Exceeds(const QuietTimes& quiet, const QuietTimes& beside, double factor) {
  return beside.anchor_us > factor * quiet.anchor_us + kAnchorSlackUs ||
         beside.empty_us > factor * quiet.empty_us + kEmptySlackUs;
}

}  // namespace

Result<QuietTimes> MeasureQuiet(const QuietParts& parts, const ShapeCase& shape,
                                size_t anchor) {
  World world;
  world.placement = PlacementRule::kAligned256;
  GpuSession session({parts.driver, parts.kernels, parts.task, parts.memory,
                      parts.outside.twin()}, world);
  session.Place(shape, 0);
  QuietTimes quiet;
  ASSIGN_OR_RETURN(quiet.empty_us,
                   parts.outside.MeasureQuiet(session, parts.flush_bytes));
  std::vector<double> times;
  for (int call = 0; call < kCalls; ++call) {
    ASSIGN_OR_RETURN(const double time,
                     parts.panel.Time(anchor, shape, parts.flush_bytes,
                                      /*keep_outputs=*/false, parts.memory));
    times.push_back(time);
  }
  quiet.anchor_us = measure::Median(times);
  return quiet;
}

bool IsDisturbed(const QuietTimes& quiet, const QuietTimes& beside) {
  return Exceeds(quiet, beside, kMore);
}

Failure ExplainDisturbance(const std::string& shape, const QuietTimes& quiet,
                           const QuietTimes& beside, const QuietTimes& alone) {
  const std::string times = format(
      "at shape {} the best baseline took {:.1f} us beside it, {:.1f} us before "
      "and {:.1f} us after; an empty call {:.1f}, {:.1f} and {:.1f} us", shape,
      beside.anchor_us, quiet.anchor_us, alone.anchor_us, beside.empty_us,
      quiet.empty_us, alone.empty_us);
  const std::string& check = InfoOf(Check::kPanelAlone).name;
  if (Exceeds(quiet, beside, kPlainlyMore) && Exceeds(alone, beside, kPlainlyMore))
    return {Code::kSabotage, "kept the device busy between its calls: " + times,
            check, ""};
  return {Code::kNoisy, "the device is not quiet: " + times, check, ""};
}

}  // namespace kernelevolve::worker::gpu
