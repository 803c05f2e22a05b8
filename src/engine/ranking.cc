#include "engine/ranking.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "measure/decision.h"

namespace kernelevolve {
namespace {

// Standard normal quantile of a 95 % interval.
constexpr double kZ = 1.96;

struct Sample {
  NodeId node;
  double log_speedup;
  double variance;  // of its measurement
};

std::vector<Sample> Samples(const std::deque<Node>& nodes) {
  std::vector<Sample> samples;
  std::set<std::string> seen;
  for (const Node& node : nodes) {
    const Evaluation& evaluation = node.evaluation;
    if (!evaluation.accepted() || evaluation.speedup <= 0) continue;
    if (!seen.insert(node.candidate.Id()).second) continue;
    const auto [low, high] = evaluation.speedup_ci;
    const double half = low > 0 && high > low ? std::log(high / low) / 2 : 0;
    samples.push_back(
        {node.id, std::log(evaluation.speedup), std::pow(half / kZ, 2)});
  }
  return samples;
}

}  // namespace

std::vector<RankedNode> RankNodes(const std::deque<Node>& nodes) {
  const std::vector<Sample> samples = Samples(nodes);
  const double count = static_cast<double>(samples.size());
  double mean = 0, noise = 0, spread = 0;
  for (const Sample& sample : samples) {
    mean += sample.log_speedup / count;
    noise += sample.variance / count;
  }
  for (const Sample& sample : samples)
    spread += std::pow(sample.log_speedup - mean, 2) / std::max(count - 1, 1.0);
  // Variance of the true speedups: what the noise does not explain.
  const double truth = std::max(spread - noise, 1e-3 * spread);
  std::vector<RankedNode> ranked;
  for (const Sample& sample : samples) {
    // Without any spread all are equal, and keep what little they differ by.
    const double log =
        truth > 0 ? measure::Shrink(sample.log_speedup, mean, truth,
                                    sample.variance)
                  : sample.log_speedup;
    ranked.push_back({sample.node, std::exp(log)});
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const RankedNode& a, const RankedNode& b) {
                     return a.estimate > b.estimate;
                   });
  return ranked;
}

int ConfirmCount(int64_t nodes) {
  return static_cast<int>(std::max<int64_t>(5, (nodes + 99) / 100));
}

}  // namespace kernelevolve
