#include "measure/paired_estimate.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "measure/noise.h"

namespace kernelevolve::measure {
namespace {

constexpr size_t kFewestBatches = 5;

std::vector<double> PairMeans(Samples values) {
  std::vector<double> means;
  for (size_t i = 0; i + 1 < values.size(); i += 2)
    means.push_back((values[i] + values[i + 1]) / 2);
  return means;
}

// `per_process` holds the block logs of each process.
Estimate EstimateFromBlocks(
    const std::vector<std::vector<double>>& per_process) {
  CHECK(!per_process.empty());
  if (per_process.size() == 1) {
    Estimate estimate = EstimateFromLogs(DecorrelatedMeans(per_process[0]));
    // Batches may have left out an odd block; the value has them all.
    const double shift = Mean(per_process[0]) - estimate.log();
    estimate.value = std::exp(Mean(per_process[0]));
    for (double& bound : estimate.ci) bound *= std::exp(shift);
    return estimate;
  }
  std::vector<double> means;
  for (const std::vector<double>& logs : per_process)
    means.push_back(Mean(logs));
  return EstimateFromLogs(std::move(means));
}

}  // namespace

double Estimate::log() const { return std::log(value); }
double Estimate::half_width() const { return (ci[1] - ci[0]) / 2 / value; }

Estimate EstimateFromLogs(std::vector<double> logs) {
  Estimate estimate;
  const double mean = Mean(logs);
  estimate.value = std::exp(mean);
  estimate.log_error = StandardError(logs);
  estimate.df = static_cast<double>(logs.size()) - 1;
  estimate.ci = Exp(MeanInterval(mean, estimate.log_error, estimate.df));
  estimate.logs = std::move(logs);
  return estimate;
}

std::vector<double> DecorrelatedMeans(Samples values) {
  std::vector<double> means(values.begin(), values.end());
  while (means.size() / 2 >= kFewestBatches &&
         Lag1Autocorrelation(means) > kAutocorrelationLimit)
    means = PairMeans(means);
  return means;
}

std::vector<double> BlockLogRatios(const ProcessTimes& process, size_t baseline,
                                   double floor_us) {
  CHECK(baseline < process.baselines_us.size());
  const std::vector<double>& times = process.baselines_us[baseline];
  CHECK(times.size() == process.candidate_us.size() && !times.empty());
  std::vector<double> ratios;
  for (size_t i = 0; i < times.size(); ++i) {
    const double candidate = std::max(process.candidate_us[i], floor_us);
    CHECK(times[i] > 0 && candidate > 0);
    ratios.push_back(std::log(times[i] / candidate));
  }
  return ratios;
}

Estimate EstimateRatio(const std::vector<ProcessTimes>& processes,
                       size_t baseline, double floor_us) {
  std::vector<std::vector<double>> blocks;
  for (const ProcessTimes& process : processes)
    blocks.push_back(BlockLogRatios(process, baseline, floor_us));
  return EstimateFromBlocks(blocks);
}

Estimate EstimateTime(const std::vector<std::vector<double>>& processes) {
  CHECK(!processes.empty());
  if (processes.size() == 1) {
    Estimate estimate = EstimateFromBlocks({Logs(processes[0])});
    const double median = Median(processes[0]);
    for (double& bound : estimate.ci) bound *= median / estimate.value;
    estimate.value = median;
    return estimate;
  }
  std::vector<double> logs;
  for (const std::vector<double>& times : processes)
    logs.push_back(std::log(Median(times)));
  return EstimateFromLogs(std::move(logs));
}

Estimate CandidateTime(const std::vector<ProcessTimes>& processes) {
  std::vector<std::vector<double>> times;
  for (const ProcessTimes& process : processes)
    times.push_back(process.candidate_us);
  return EstimateTime(times);
}

Estimate BaselineTime(const std::vector<ProcessTimes>& processes,
                      size_t baseline) {
  std::vector<std::vector<double>> times;
  for (const ProcessTimes& process : processes) {
    CHECK(baseline < process.baselines_us.size());
    times.push_back(process.baselines_us[baseline]);
  }
  return EstimateTime(times);
}

}  // namespace kernelevolve::measure
