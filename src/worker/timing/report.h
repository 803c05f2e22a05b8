// From timed shapes to what an evaluation says of them; the same on every
// device.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/evaluation.h"
#include "core/task.h"
#include "measure/aggregate.h"
#include "worker/run/failure.h"

namespace kernelevolve::worker {

struct TimedShapes {
  std::vector<ShapeCase> shapes;
  std::vector<measure::ShapeTimes> times;  // parallel to shapes
  std::vector<std::string> panel;          // names of the baselines
  std::vector<double> bounds_us;           // speed of light at each shape
  double margin = 0;  // differences within this share are of no account
};

// Fills speedup, intervals, decision, shapes and baseline; INCONCLUSIVE where a shape has
// no time against any baseline.
void ReportTimes(const TimedShapes& timed, Stage stage, Evaluation* evaluation);

// IMPOSSIBLE_SPEED where a time is below what the roofs allow (floor_us).
std::optional<Failure> CheckPhysics(const TimedShapes& timed);

// What CheckPhysics said by roofs that were measured anew, and with it what it had said
// by the first ones: whether it is the kernel or the roofs is for a reader to see.
Failure BreachedAgain(const Failure& first, Failure second);

}  // namespace kernelevolve::worker
