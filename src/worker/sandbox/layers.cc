#include "worker/sandbox/layers.h"

#include "base/format.h"

namespace kernelevolve::worker {
namespace {

struct NamedLayer {
  const char* name;
  bool LayerSet::*member;
};

constexpr NamedLayer kLayers[] = {
    {"user", &LayerSet::user},
    {"pid", &LayerSet::pid},
    {"mount", &LayerSet::mount},
    {"network", &LayerSet::network},
    {"ipc", &LayerSet::ipc},
    {"uts", &LayerSet::uts},
    {"cgroup_namespace", &LayerSet::cgroup_namespace},
    {"cgroup", &LayerSet::cgroup},
    {"capabilities", &LayerSet::capabilities},
    {"no_new_privileges", &LayerSet::no_new_privileges},
    {"seccomp", &LayerSet::seccomp},
    {"rlimits", &LayerSet::rlimits},
    {"descriptors", &LayerSet::descriptors},
    {"environment", &LayerSet::environment},
};

}  // namespace

Result<LayerSet> LayersWithout(const std::vector<std::string>& names) {
  LayerSet layers;
  for (const std::string& name : names) {
    bool known = false;
    for (const NamedLayer& layer : kLayers) {
      if (name != layer.name) continue;
      layers.*layer.member = false;
      known = true;
    }
    if (!known) return BadInput(format("no sandbox layer '{}'", name));
  }
  return layers;
}

LayerSet UnsafeLayers() {
  LayerSet layers;
  for (const NamedLayer& layer : kLayers) layers.*layer.member = false;
  layers.rlimits = layers.descriptors = layers.environment = true;
  return layers;
}

}  // namespace kernelevolve::worker
