// Measured roofs of one core: what no kernel on it can beat. Measured, not from
// a data sheet, by the judge itself on the lane's core.
#pragma once

#include "base/file.h"
#include "core/task.h"

namespace kernelevolve::worker {

struct Roofs {
  double flops_f32 = 0;       // per second, one core, fused multiply-adds
  double flops_f64 = 0;
  double bytes_cold = 0;      // per second from and to DRAM, one core: best of
                              // read, copy and streaming copy
  double bytes_hot = 0;       // per second in the first-level cache
  double cold_to_hot = 0;     // proof that the flush flushes
};

// About 0.2 s. The caller holds the lane.
Roofs MeasureRoofs(int cpu);

// From `file` if an earlier worker of this boot measured them there.
Roofs LoadOrMeasureRoofs(const fs::path& file, int cpu);

// Of each roof the higher: a busy moment only ever lowers them.
Roofs Higher(const Roofs& a, const Roofs& b);

// What bounds a task: the roofs of its dtypes, cores and cache state.
struct TaskRoofs {
  double flops = 0, bytes = 0;  // per second
};
TaskRoofs RoofsOf(const Task& task, const Roofs& roofs);

// [cost] at a shape; zeros where it is not stated.
struct TaskCost {
  bool known = false;
  double flops = 0, bytes = 0;
};
TaskCost CostAt(const Task& task, const ShapeCase& shape);

// What no kernel can be quicker than, in microseconds: as SpeedOfLightUs, but
// with the arithmetic of a matrix unit where the CPU has one (matrix_units.h). The
// measured roof is that of the vector units. 0 without a [cost].
double ImpossibleBelowUs(const Task& task, const ShapeCase& shape,
                         const Roofs& roofs);

// Lower bound on one call at a shape, in microseconds; 0 without a [cost].
double SpeedOfLightUs(const Task& task, const ShapeCase& shape, const Roofs& roofs);

}  // namespace kernelevolve::worker
