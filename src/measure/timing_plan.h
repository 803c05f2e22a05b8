// How much each stage measures. Both lanes and the simulations that check the
// statistics read it from here.
#pragma once

#include <cstddef>

#include "core/evaluation.h"
#include "measure/stopping_rule.h"

namespace kernelevolve::measure {

struct TimingPlan {
  int processes = 1;
  size_t max_blocks = 12;  // of each process at each shape
  // More of them, four times as many at most, until so long has passed: blocks of short
  // calls cost nearly nothing, and say little each.
  double quick_s = 0;
  PrecisionStop::Options precision;
  bool whole_panel = false;  // false: the quickest baseline only
  bool against_itself = false;  // the best baseline in a second process, too
};

// Of one process at one shape, after `blocks` of them in `elapsed_s`.
bool HasBlocksLeft(const TimingPlan& plan, size_t blocks, double elapsed_s);

// Search: one round of processes; it ranks. Confirm and final: several rounds
// of fresh processes, and an interval over processes.
TimingPlan CpuTimingPlan(Stage stage);
TimingPlan GpuTimingPlan(Stage stage);

}  // namespace kernelevolve::measure
