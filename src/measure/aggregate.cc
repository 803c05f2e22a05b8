#include "measure/aggregate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace kernelevolve::measure {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

size_t BaselineCount(const ShapeTimes& shape) {
  return shape.processes.empty() ? 0 : shape.processes[0].baselines_us.size();
}

// Infinity where the baseline did not run in every process.
double TimeOf(const ShapeTimes& shape, size_t baseline) {
  if (shape.processes.empty()) return kNever;
  for (const ProcessTimes& process : shape.processes)
    if (baseline >= process.baselines_us.size() ||
        process.baselines_us[baseline].empty())
      return kNever;
  return BaselineTime(shape.processes, baseline).value;
}

bool Complete(const std::vector<ShapeTimes>& shapes) {
  return std::all_of(
      shapes.begin(), shapes.end(), [&](const ShapeTimes& shape) {
        return !shape.processes.empty() &&
               shape.processes.size() == shapes[0].processes.size() &&
               std::none_of(shape.processes.begin(), shape.processes.end(),
                            [](const ProcessTimes& process) {
                              return process.candidate_us.empty();
                            });
      });
}

// Independent shapes of one process: variances add, and Welch and
// Satterthwaite's formula gives the degrees of freedom of the sum.
Estimate CombineWithinProcess(const std::vector<Estimate>& per_shape,
                              const std::vector<double>& weights) {
  double total = 0;
  for (const double weight : weights) total += weight;
  double mean = 0, variance = 0, spread = 0;
  for (size_t s = 0; s < per_shape.size(); ++s) {
    const double share = weights[s] / total;
    const double part = std::pow(share * per_shape[s].log_error, 2);
    mean += share * per_shape[s].log();
    variance += part;
    if (per_shape[s].df > 0) spread += part * part / per_shape[s].df;
  }
  Estimate estimate;
  estimate.value = std::exp(mean);
  estimate.logs = {mean};
  estimate.log_error = std::sqrt(variance);
  // Without any spread every interval is a point, whatever the freedom.
  estimate.df = spread > 0 ? variance * variance / spread : 1;
  estimate.ci = Exp(MeanInterval(mean, estimate.log_error, estimate.df));
  return estimate;
}

Estimate CombineOverProcesses(const std::vector<Estimate>& per_shape,
                              const std::vector<double>& weights) {
  std::vector<double> logs;
  for (size_t p = 0; p < per_shape[0].logs.size(); ++p) {
    std::vector<double> at_process;
    for (const Estimate& shape : per_shape) at_process.push_back(shape.logs[p]);
    logs.push_back(WeightedMean(at_process, weights));
  }
  return EstimateFromLogs(std::move(logs));
}

}  // namespace

int BestBaseline(const ShapeTimes& shape) {
  int best = -1;
  double least = kNever;
  for (size_t b = 0; b < BaselineCount(shape); ++b) {
    const double time = TimeOf(shape, b);
    if (time >= least) continue;
    least = time;
    best = static_cast<int>(b);
  }
  return best;
}

int BestBaseline(const std::vector<ShapeTimes>& shapes) {
  CHECK(!shapes.empty());
  std::vector<double> weights;
  for (const ShapeTimes& shape : shapes) weights.push_back(shape.weight);
  int best = -1;
  double least = kNever;
  for (size_t b = 0; b < BaselineCount(shapes[0]); ++b) {
    std::vector<double> times;
    for (const ShapeTimes& shape : shapes) times.push_back(TimeOf(shape, b));
    const double time = WeightedGeometricMean(times, weights);
    if (!(time < least)) continue;
    least = time;
    best = static_cast<int>(b);
  }
  return best;
}

Aggregate AggregateShapes(const std::vector<ShapeTimes>& shapes) {
  CHECK(!shapes.empty());
  Aggregate aggregate;
  if (!Complete(shapes)) return aggregate;
  std::vector<double> weights;
  for (const ShapeTimes& shape : shapes) {
    const int best = BestBaseline(shape);
    if (best < 0) return aggregate;
    aggregate.best_per_shape.push_back(best);
    aggregate.per_shape.push_back(EstimateRatio(
        shape.processes, static_cast<size_t>(best), shape.floor_us));
    weights.push_back(shape.weight);
  }
  aggregate.best = BestBaseline(shapes);
  aggregate.speedup = shapes[0].processes.size() == 1
                          ? CombineWithinProcess(aggregate.per_shape, weights)
                          : CombineOverProcesses(aggregate.per_shape, weights);
  aggregate.known = true;
  return aggregate;
}

}  // namespace kernelevolve::measure
