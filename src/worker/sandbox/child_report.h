// How a child says, before exec, which step failed. Allocates nothing.
#pragma once

#include "worker/sandbox/child_plan.h"

namespace kernelevolve::worker {

// Ends the child; the message is `step` and, if given, `subject`.
[[noreturn]] void FailChild(const ChildPlan& plan, const char* step,
                            const char* subject = nullptr);

// Ends the child if `result` is negative.
inline int Must(const ChildPlan& plan, long result, const char* step,
                const char* subject = nullptr) {
  if (result < 0) FailChild(plan, step, subject);
  return static_cast<int>(result);
}

}  // namespace kernelevolve::worker
