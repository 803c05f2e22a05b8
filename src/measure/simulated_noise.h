// Made-up measurements whose truth is known, letter by letter as a block is
// timed: candidate, baseline, baseline, candidate, or the other way round.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "measure/paired_estimate.h"
#include "measure/timing_plan.h"

namespace kernelevolve::measure {

// All sizes are of logarithms of time: 0.01 is about one percent.
struct NoiseWorld {
  std::string name;
  double between = 0.01;  // of log ratios, from process to process
  double within = 0.005;  // of each letter
  double common = 0.02;   // moves all letters of a block alike
  double drift = 0;       // of both contenders, from a process's start to its end
  // Of neighbouring letters of one contender; `within` stays their spread.
  double autocorrelation = 0;
  // A share of letters takes longer by a factor of e^size.
  double outlier_share = 0, outlier_size = 0;
  // A share of blocks finds a contender, each for itself, in a slower mode.
  double mode_share = 0, mode_size = 0;
};

// One process that measures one candidate against one baseline. Blocks come in
// the order of time.
class SimulatedProcess {
 public:
  // `log_ratio`: the truth, log of baseline / candidate. `world` and `random`
  // outlive it.
  SimulatedProcess(const NoiseWorld& world, double log_ratio, Random& random);
  // Blocks until the plan is content; `seconds_per_block` is what one takes.
  ProcessTimes Measure(const TimingPlan& plan, double seconds_per_block);
  // Appends one of `blocks` blocks.
  void AddBlock(size_t index, size_t blocks, ProcessTimes* times);

 private:
  struct Contender {
    double log_time = 0;
    double state = 0;  // of the autocorrelated noise
  };
  double Letter(Contender& contender, double position, double common,
                bool slow);

  const NoiseWorld& world_;
  Random& random_;
  Contender candidate_, baseline_;
};

// As many processes as the plan has.
std::vector<ProcessTimes> Simulate(const NoiseWorld& world, double log_ratio,
                                   const TimingPlan& plan, Random& random);

}  // namespace kernelevolve::measure
