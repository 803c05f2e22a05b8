#include "measure/simulated_noise.h"

#include <algorithm>
#include <cmath>

namespace kernelevolve::measure {
namespace {

constexpr double kCandidateUs = 100;
// A CPU's block at a task of some 100 us, a panel of several and fresh inputs.
constexpr double kSecondsPerBlock = 0.005;

}  // namespace

SimulatedProcess::SimulatedProcess(const NoiseWorld& world, double log_ratio,
                                   Random& random)
    : world_(world), random_(random) {
  candidate_ = {std::log(kCandidateUs), random.Normal()};
  baseline_ = {std::log(kCandidateUs) + log_ratio +
                   world.between * random.Normal(),
               random.Normal()};
}

double SimulatedProcess::Letter(Contender& contender, double position,
                                double common, bool slow) {
  const double rho = world_.autocorrelation;
  contender.state = rho * contender.state +
                    std::sqrt(1 - rho * rho) * random_.Normal();
  double log_time = contender.log_time + common + world_.drift * position +
                    world_.within * contender.state;
  if (slow) log_time += world_.mode_size;
  if (random_.Uniform() < world_.outlier_share) log_time += world_.outlier_size;
  return std::exp(log_time);
}

void SimulatedProcess::AddBlock(size_t index, size_t blocks,
                                ProcessTimes* times) {
  const double common = world_.common * random_.Normal();
  const bool slow[] = {random_.Uniform() < world_.mode_share,
                       random_.Uniform() < world_.mode_share};
  const bool candidate_first = random_.Below(2) == 0;
  double candidate = 0, baseline = 0;
  for (size_t letter = 0; letter < 4; ++letter) {
    const double position =
        (static_cast<double>(index) + 0.25 * static_cast<double>(letter)) /
        static_cast<double>(blocks);
    const bool outer = letter == 0 || letter == 3;
    if (outer == candidate_first)
      candidate += Letter(candidate_, position, common, slow[0]) / 2;
    else
      baseline += Letter(baseline_, position, common, slow[1]) / 2;
  }
  times->candidate_us.push_back(candidate);
  times->baselines_us[0].push_back(baseline);
}

ProcessTimes SimulatedProcess::Measure(const TimingPlan& plan,
                                       double seconds_per_block) {
  ProcessTimes times;
  times.baselines_us.resize(1);
  const PrecisionStop rule(plan.precision);
  for (size_t block = 0; block < plan.max_blocks; ++block) {
    AddBlock(block, plan.max_blocks, &times);
    if (block + 1 < plan.precision.min_blocks) continue;
    const double elapsed = seconds_per_block * static_cast<double>(block + 1);
    if (rule.Check(BlockLogRatios(times, 0), elapsed) != StopReason::kContinue)
      break;
  }
  return times;
}

std::vector<ProcessTimes> Simulate(const NoiseWorld& world, double log_ratio,
                                   const TimingPlan& plan, Random& random) {
  std::vector<ProcessTimes> all;
  for (int i = 0; i < plan.processes; ++i)
    all.push_back(SimulatedProcess(world, log_ratio, random)
                      .Measure(plan, kSecondsPerBlock));
  return all;
}

}  // namespace kernelevolve::measure
