// Starting one child: clone, maps, go, and the child's report.
#pragma once

#include "base/fd.h"
#include "worker/sandbox/cgroup.h"
#include "worker/sandbox/child_plan.h"
#include "worker/sandbox/launch_thread.h"

namespace kernelevolve::worker {

struct StartedChild {
  pid_t pid = -1;
  Fd pidfd;
};

// Returns once the program is executed (or, in a rehearsal, has ended), or says
// which step failed, what that means and what would help; nothing is left
// running then. `cgroup` may be null.
Result<StartedChild> StartChild(ChildPlan& plan, const Cgroup* cgroup,
                                LaunchThread& thread);

}  // namespace kernelevolve::worker
