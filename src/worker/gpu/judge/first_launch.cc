#include "worker/gpu/judge/first_launch.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

#include "base/format.h"
#include "base/text.h"
#include "worker/gpu/judge/ptx_statements.h"

namespace kernelevolve::worker::gpu {
namespace {

bool Waits(std::string_view opcode) {
  return opcode.starts_with("griddepcontrol.wait");
}

bool IsRecord(const PlanOp& op) {
  const auto* event = std::get_if<EventOp>(&op);
  return event && !event->wait;
}

// What begins a call on its own stream; null if that is no launch.
const LaunchOp* FirstLaunch(const ShapePlan& shape) {
  for (const PlanOp& op : shape.run) {
    if (IsRecord(op)) continue;  // a later launch need not wait for it
    if (std::visit([](const auto& one) { return one.stream == 0; }, op))
      return std::get_if<LaunchOp>(&op);
  }
  return nullptr;
}

bool NeverWaits(std::string_view ptx, std::string_view entry) {
  bool inside = false, known = false;
  std::ptrdiff_t in_entries = 0;
  for (const PtxPlace& place : PlacesOf(ptx)) {
    if (place.kind == PtxPlace::Kind::kBody) inside = place.name == entry;
    known |= inside;
    if (place.kind != PtxPlace::Kind::kStatement || !Waits(place.opcode)) continue;
    if (inside) return false;
    ++in_entries;
  }
  return known && std::ranges::count_if(OpcodesOf(ptx), Waits) == in_entries;
}

}  // namespace

std::optional<Failure> CheckFirstLaunch(const LaunchPlan& plan) {
  for (const ShapePlan& shape : plan.shapes) {
    const LaunchOp* launch = FirstLaunch(shape);
    if (!launch || !launch->programmatic) continue;
    const auto module = static_cast<size_t>(launch->module);
    if (module >= plan.ptx.size() || !NeverWaits(plan.ptx[module], launch->kernel))
      continue;
    return Failure{
        Code::kAsyncEscape,
        format("the first kernel of a call, {}, may start before what is ahead of the "
               "call on its stream has ended (programmatic dependent launch), and never "
               "waits for that: call cudaGridDependencySynchronize() in it, or launch it "
               "without the attribute", Shortened(launch->kernel, 100)), "record", ""};
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker::gpu
