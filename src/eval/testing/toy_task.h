// A task and a target that are complete and parse, for tests that judge
// nothing.
#pragma once

#include "core/target.h"
#include "core/task.h"

namespace kernelevolve {

Task ToyTask();      // y[n] = 2 x[n], f32
Target ToyTarget();  // cpp@native

}  // namespace kernelevolve
