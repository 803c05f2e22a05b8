// From the shapes of a task to one speedup, and from a panel of baselines to
// the one to be beaten.
#pragma once

#include <vector>

#include "measure/paired_estimate.h"

namespace kernelevolve::measure {

// All measurements at one shape. Every shape of a task has the same baselines
// in the same order; one that could not run at a shape has empty vectors there.
struct ShapeTimes {
  double weight = 1;
  double floor_us = 0;  // speed-of-light bound; 0 = unknown
  std::vector<ProcessTimes> processes;
};

// The fastest baseline at a shape, by estimated time; -1 if none ran.
int BestBaseline(const ShapeTimes& shape);
// The fastest over all shapes, by weighted geometric mean of its times, among
// those that ran at every shape; -1 if there is none.
int BestBaseline(const std::vector<ShapeTimes>& shapes);

struct Aggregate {
  bool known = false;  // false: a shape is missing samples or any baseline
  // Weighted geometric mean over shapes of (best baseline there / candidate).
  // It is formed within each process first, so its interval is over processes.
  Estimate speedup;
  std::vector<Estimate> per_shape;  // the speedup at each shape
  std::vector<int> best_per_shape;
  int best = -1;  // the name to print beside the aggregate
};

// Every shape must have been timed in the same number of processes, in the
// same order. At least one shape.
Aggregate AggregateShapes(const std::vector<ShapeTimes>& shapes);

}  // namespace kernelevolve::measure
