// ProcessTree: a stopped program and what it has started, seen from outside.
//
// A program that may fork is not stopped by stopping its first process. And a
// stopped process can be continued by others than us, by a timer of its own for
// one: so what a tree has used of the CPU since it was stopped is told as well.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace kernelevolve::worker {

// Those of a process; none of one that has gone.
std::vector<pid_t> ThreadsOf(pid_t pid);
// As /proc tells it: 'R' runs or could, 'X' has gone.
char StateOf(pid_t pid, pid_t thread);

// Owned by the program's handle; one thread.
class ProcessTree {
 public:
  // `root` is a child of ours, which outlives this unreaped.
  explicit ProcessTree(pid_t root) : root_(root) {}

  // The root has been stopped. Returns once no descendant of it runs.
  Status StopDescendants(std::chrono::milliseconds limit);
  // Continues the descendants; the root is the caller's.
  void ContinueDescendants();
  // CPU time used since StopDescendants returned by all that were stopped, the root
  // only if it may have run.
  std::chrono::nanoseconds UsedSince(bool root_may_have_run) const;

 private:
  struct Member {
    pid_t pid = -1;
    Fd pidfd;  // none: the root
    std::chrono::nanoseconds used{0};
  };
  // One look at all members' children; true if there was one that is new.
  Result<bool> StopChildren(std::chrono::steady_clock::time_point deadline);
  bool Knows(pid_t pid) const;

  const pid_t root_;
  std::vector<Member> members_;  // the root first
};

}  // namespace kernelevolve::worker
