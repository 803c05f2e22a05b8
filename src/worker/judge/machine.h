// Machine: what the judge stands on. One per worker process, shared by all of
// its parts; outlives them.
#pragma once

#include <memory>
#include <vector>

#include "worker/build/builder.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

struct Machine {
  Sandbox* sandbox = nullptr;
  Builder* builder = nullptr;
  fs::path worker_binary;
  fs::path scratch;  // private to trusted processes
  // The core(s) kernels run on and the one the judge watches from. Equal on a
  // machine with one core, where neither side may spin.
  std::vector<int> lane_cpus;
  std::vector<int> all_cpus;  // that this process may use
  int judge_cpu = 0;
  bool spin = true;
  bool unsafe_no_sandbox = false;
};

}  // namespace kernelevolve::worker
