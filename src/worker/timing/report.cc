#include "worker/timing/report.h"

#include "base/format.h"
#include "measure/decision.h"

namespace kernelevolve::worker {
namespace {

// A bound is measured too; below this share of it a time is not believed.
constexpr double kPhysicsSlack = 0.90;

Decision DecisionOf(const measure::Estimate& speedup, Stage stage, double margin) {
  Interval interval = speedup.ci;
  if (stage == Stage::kSearch) {
    interval[0] /= kSearchStageSpread;
    interval[1] *= kSearchStageSpread;
  }
  return measure::Decide(interval, margin);
}

ShapeResult ReportShape(const TimedShapes& timed, size_t index,
                        const measure::Aggregate& total) {
  const measure::ShapeTimes& times = timed.times[index];
  const measure::Estimate time = measure::CandidateTime(times.processes);
  ShapeResult result;
  result.name = timed.shapes[index].name;
  result.weight = times.weight;
  result.time_us = time.value;
  result.ci_us = time.ci;
  result.speedup = total.per_shape[index].value;
  result.speedup_ci = total.per_shape[index].ci;
  result.bound_us = timed.bounds_us[index];
  result.speed_of_light = time.value > 0 ? result.bound_us / time.value : 0;
  for (size_t i = 0; i < timed.panel.size(); ++i)
    if (!times.processes[0].baselines_us[i].empty())
      result.panel.push_back(
          {timed.panel[i], measure::BaselineTime(times.processes, i).value});
  return result;
}

}  // namespace

void ReportTimes(const TimedShapes& timed, Stage stage, Evaluation* evaluation) {
  const measure::Aggregate total = measure::AggregateShapes(timed.times);
  if (!total.known) {
    evaluation->status = VerdictStatus::kInconclusive;
    evaluation->code = Code::kNoisy;
    evaluation->message = "a shape could not be timed against any baseline";
    return;
  }
  evaluation->speedup = total.speedup.value;
  evaluation->speedup_ci = total.speedup.ci;
  evaluation->decision = DecisionOf(total.speedup, stage, timed.margin);
  evaluation->process_log_ratios = total.speedup.logs;
  for (size_t i = 0; i < timed.shapes.size(); ++i)
    evaluation->shapes.push_back(ReportShape(timed, i, total));
  const int best = total.best >= 0 ? total.best : total.best_per_shape[0];
  evaluation->baseline = timed.panel[static_cast<size_t>(best)];
}

std::optional<Failure> CheckPhysics(const TimedShapes& timed) {
  for (size_t i = 0; i < timed.times.size(); ++i) {
    const double time = measure::CandidateTime(timed.times[i].processes).value;
    const double floor = timed.times[i].floor_us;
    if (time >= kPhysicsSlack * floor) continue;
    return Failure{
        Code::kImpossibleSpeed,
        format("{:.2f} us at shape {}, where the measured roofs of this machine "
               "allow no less than {:.2f} us", time, timed.shapes[i].name, floor),
        "speed_of_light", ""};
  }
  return std::nullopt;
}

Failure BreachedAgain(const Failure& first, Failure second) {
  second.message += "; before roofs and kernel were measured anew: " + first.message;
  return second;
}

}  // namespace kernelevolve::worker
