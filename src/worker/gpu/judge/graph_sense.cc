#include "worker/gpu/judge/graph_sense.h"

#include <algorithm>
#include <string>

namespace kernelevolve::worker::gpu {

std::optional<Failure> CheckGraphSense(const LaunchPlan& plan) {
  constexpr std::string_view kRegister = "%current_graph_exec";
  const bool reads = std::ranges::any_of(plan.ptx, [&](const std::string& ptx) {
    return ptx.find(kRegister) != ptx.npos;
  });
  if (!reads) return std::nullopt;
  return Failure{Code::kPhaseBranch,
                 "a kernel reads %current_graph_exec: it can tell calls in a graph from "
                 "plain ones, and its result must not depend on that", "record", ""};
}

}  // namespace kernelevolve::worker::gpu
