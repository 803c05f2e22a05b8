// What a runner is told about one shape: where each tensor lies and what the
// kernel's ke_call says. Sent as JSON over the control channel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "worker/run/shared_buffer.h"

namespace kernelevolve::worker {

struct TensorBinding {
  int descriptor = -1;  // number inside the runner
  Placement place;
  int32_t dtype = 0;    // the ABI's code
  std::vector<int64_t> shape;
  bool output = false;
  bool constant = false;  // input whose data ke_setup may see
};

struct Binding {
  std::vector<TensorBinding> tensors;  // inputs, then outputs
  std::vector<double> attributes;
};

// The runner's descriptors, in the order of SandboxSpec::descriptors.
inline constexpr int kControlFd = 3;
inline constexpr int kMailboxFd = 4;
inline constexpr int kWorkspaceFd = 5;
inline constexpr int kFirstTensorFd = 6;

Json ToJson(const Binding& binding);
Result<Binding> BindingFromJson(const Json& json);
Json ToJson(const Placement& place);
Result<Placement> PlacementFromJson(const Json& json);

}  // namespace kernelevolve::worker
