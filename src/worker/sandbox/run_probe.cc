#include "worker/sandbox/probes.h"
#include "worker/sandbox/self_test.h"

namespace kernelevolve::worker {

int RunProbe(const std::string& name,
             const std::vector<std::string>& arguments) {
  for (const auto& group :
       {FileProbes(), ProcessProbes(), LimitProbes(), AttackProbes()})
    for (const Probe& probe : group)
      if (name == probe.name) return probe.attempt(arguments) ? 0 : 1;
  return 2;
}

}  // namespace kernelevolve::worker
