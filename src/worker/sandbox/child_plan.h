// ChildPlan: all that the child needs between clone and exec, laid out by the
// parent. The child is a copy of a threaded process, in which another thread
// may have held any lock: it may not allocate, so it only reads this.
#pragma once

#include <linux/filter.h>
#include <sys/resource.h>

#include <cstdint>
#include <string>
#include <vector>

#include "worker/sandbox/identity.h"
#include "worker/sandbox/layers.h"
#include "worker/sandbox/mount_plan.h"

namespace kernelevolve::worker {

struct ResourceLimit {
  int resource;
  rlimit value;
};

struct ChildPlan {
  LayerSet layers;
  Identity identity;
  MountPlan mounts;
  // Files of cgroup v1 into which the child writes "0" to join: a thread that
  // moves itself is spared the lock that makes a move from outside take
  // milliseconds.
  std::vector<int> cgroup_files;
  std::vector<ResourceLimit> rlimits;
  std::vector<unsigned long> cpus;  // affinity mask; empty = leave it
  std::vector<sock_filter> filter;
  std::vector<char*> argv, environment;  // null at the end
  const char* program = nullptr;  // null: a rehearsal that ends before exec
  const char* working_folder = "/";
  // Where the program's path stands when it is executed; 0 = anywhere. The
  // filter lets exec through for this address alone, and nobody inside knows
  // it.
  uint64_t exec_address = 0;
  std::vector<int> descriptors;  // become 0, 1, 2, 3, …
  std::vector<int> scratch;      // as many entries as descriptors
  int go = -1;      // a byte arrives here when the maps are written
  int report = -1;  // ChildFailure goes here; closed by a successful exec
};

// Sent whole or not at all (smaller than PIPE_BUF).
struct ChildFailure {
  char step[160] = {};
  int error = 0;
};

// Never returns: ends in exec, or in a report and _exit(127).
[[noreturn]] void RunChild(ChildPlan& plan);

}  // namespace kernelevolve::worker
