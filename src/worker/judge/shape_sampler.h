// Held-out shapes: points of a task's domain that a candidate never saw listed.
#pragma once

#include <vector>

#include "core/task.h"

namespace kernelevolve::worker {

struct ShapeLimits {
  int64_t elements = 1 << 15;  // of all tensors together
  double flops = 3e6;          // by the task's cost, if it states one
};

// `count` shapes drawn with `seed`: each dim is its lower end, a power of two,
// one beside a power of two, a prime, or anything; large draws are shrunk until
// the limits hold. Attributes keep their defaults. Shapes that equal a listed
// one or each other are left out, so fewer may come back.
std::vector<ShapeCase> DrawHeldOutShapes(const Task& task, uint64_t seed, int count,
                                         const ShapeLimits& limits);

}  // namespace kernelevolve::worker
