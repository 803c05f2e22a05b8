#include "fuzz_target.h"

namespace kernelevolve::fuzz {

std::vector<Target> Targets() {
  std::vector<Target> all;
  for (const auto& some : {CoreTargets(), WireTargets(), ModelTargets(),
                           ImportTargets(), DeviceTargets()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace kernelevolve::fuzz
