// The child's side of the mount layer. Allocates nothing.
#pragma once

#include "worker/sandbox/child_plan.h"

namespace kernelevolve::worker {

// Makes detached copies of all that will be bound. Before the switch of ids:
// our own folders may be closed to the program's id.
void CloneBinds(ChildPlan& plan);

// Makes the new root and moves into it; nothing of the old one stays in reach.
void EnterNewRoot(ChildPlan& plan);

}  // namespace kernelevolve::worker
