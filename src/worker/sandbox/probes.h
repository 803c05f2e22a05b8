// The probes, grouped by what they try. Each answers whether it got through.
//
// A probe runs unhindered where the sandbox is broken or left out, perhaps as
// root: it must do no harm when it gets through, and leave nothing behind.
#pragma once

#include <string>
#include <vector>

namespace kernelevolve::worker {

using ProbeArguments = std::vector<std::string>;

struct Probe {
  const char* name;
  bool (*attempt)(const ProbeArguments& arguments);
};

const std::vector<Probe>& FileProbes();
const std::vector<Probe>& ProcessProbes();
const std::vector<Probe>& LimitProbes();
const std::vector<Probe>& AttackProbes();

}  // namespace kernelevolve::worker
