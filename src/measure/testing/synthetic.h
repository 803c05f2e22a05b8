// Simulated measurements of a fixed number of blocks, for tests.
#pragma once

#include <cmath>

#include "base/random.h"
#include "measure/simulated_noise.h"

namespace kernelevolve::measure {

struct Synthetic {
  int processes = 5;
  int blocks = 20;
  double ratio = 1;       // true baseline / candidate
  double between = 0.01;  // spread of log ratios between processes
  double within = 0.005;  // and within one
};

inline std::vector<ProcessTimes> MakeTimes(const Synthetic& world,
                                           Random& random) {
  NoiseWorld noise;
  noise.between = world.between;
  noise.within = world.within;
  std::vector<ProcessTimes> all(static_cast<size_t>(world.processes));
  for (ProcessTimes& times : all) {
    SimulatedProcess process(noise, std::log(world.ratio), random);
    times.baselines_us.resize(1);
    const auto blocks = static_cast<size_t>(world.blocks);
    for (size_t i = 0; i < blocks; ++i) process.AddBlock(i, blocks, &times);
  }
  return all;
}

}  // namespace kernelevolve::measure
