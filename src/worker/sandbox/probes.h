// The probes, grouped by what they try. Each answers whether it got through.
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
