// LayerSet: the layers one launch applies. All of them, but in tests that prove
// that the self-test notices a missing one, and in the unsafe mode.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace kernelevolve::worker {

struct LayerSet {
  bool user = true;
  bool pid = true;
  bool mount = true;
  bool network = true;
  bool ipc = true;
  bool uts = true;
  bool cgroup_namespace = true;
  bool cgroup = true;
  bool capabilities = true;
  bool no_new_privileges = true;
  bool seccomp = true;
  bool rlimits = true;
  bool descriptors = true;
  bool environment = true;
};

// kBadInput for a name that is no member's.
Result<LayerSet> LayersWithout(const std::vector<std::string>& names);

// What is left with `unsafe_no_sandbox`.
LayerSet UnsafeLayers();

}  // namespace kernelevolve::worker
