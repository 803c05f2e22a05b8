// Made-up measurements with known truth, for tests.
#pragma once

#include <cmath>

#include "base/random.h"
#include "measure/paired_estimate.h"

namespace kernelevolve::measure {

struct Synthetic {
  int processes = 5;
  int blocks = 20;
  double ratio = 1;       // true baseline / candidate
  double between = 0.01;  // spread of log ratios between processes
  double within = 0.005;  // and within one
  double candidate_us = 100;
};

inline std::vector<ProcessTimes> MakeTimes(const Synthetic& world,
                                           Random& random) {
  std::vector<ProcessTimes> all;
  for (int p = 0; p < world.processes; ++p) {
    const double bias = world.between * random.Normal();
    ProcessTimes process;
    process.baselines_us.resize(1);
    for (int b = 0; b < world.blocks; ++b) {
      const double common = 0.02 * random.Normal();  // moves both alike
      const double noise = world.within * random.Normal();
      process.candidate_us.push_back(world.candidate_us * std::exp(common));
      process.baselines_us[0].push_back(world.candidate_us * world.ratio *
                                        std::exp(common + bias + noise));
    }
    all.push_back(std::move(process));
  }
  return all;
}

}  // namespace kernelevolve::measure
