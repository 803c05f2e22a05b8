#include "core/device_bound.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

// As on a CPU: beyond half of a roof only that roof gives another factor of two.
constexpr double kNearRoof = 0.5;
// Counters count all traffic and every unit, so that "busy" asks for more.
constexpr double kBusyPercent = 60;
// A call that takes no more than so many empty ones is mostly launching.
constexpr double kFewLaunches = 2;
// With fewer resident warps than this share, waits are hard to hide.
constexpr double kFewWarps = 0.25;

int Percent(double share) { return static_cast<int>(100 * share + 0.5); }

std::string WaitsText(const DeviceProfile* counted) {
  if (!counted || counted->stalls.empty()) return "";
  const StallShare& stall = counted->stalls.front();
  return format("; {} % of the waits are for {}", Percent(stall.share),
                Sanitize(stall.reason, 40));
}

BoundDecision ByRoofs(const DeviceBoundFacts& facts) {
  if (!facts.cost_known || std::max(facts.memory, facts.compute) < kNearRoof)
    return {};
  if (facts.memory >= facts.compute)
    return {BoundClass::kMemory,
            format("{} % of the memory roof", Percent(facts.memory))};
  return {BoundClass::kCompute,
          format("{} % of the arithmetic roof", Percent(facts.compute))};
}

BoundDecision ByCounters(const DeviceProfile& counted) {
  const auto busy = [&](std::string_view name) {
    return counted.counter(name).value_or(0);
  };
  const auto said = [&](BoundClass bound, std::string_view what, double percent) {
    return BoundDecision{bound, format("{} at {:.0f} %", what, percent)};
  };
  if (busy(kDramThroughput) >= kBusyPercent)
    return said(BoundClass::kMemory, kDramThroughput, busy(kDramThroughput));
  const double memory = busy(kMemoryThroughput), sm = busy(kSmThroughput);
  if (std::max(memory, sm) < kBusyPercent) return {};
  return memory >= sm
             ? said(BoundClass::kMemory, "traffic through the caches", memory)
             : said(BoundClass::kCompute, kSmThroughput, sm);
}

BoundDecision ByWarps(const DeviceBoundFacts& facts) {
  if (facts.blocks > 0 && facts.blocks < facts.multiprocessors)
    return {BoundClass::kOccupancy,
            format("{} blocks for {} multiprocessors", facts.blocks,
                   facts.multiprocessors)};
  if (!facts.counted) return {};
  const auto warps = facts.counted->counter(kWarpsActive);
  if (!warps || *warps >= 100 * kFewWarps ||
      facts.counted->counter(kTensorActive).value_or(0) >= 100 * kFewWarps)
    return {};
  return {BoundClass::kOccupancy,
          format("{:.0f} % of the warps that fit are there{}", *warps,
                 WaitsText(facts.counted))};
}

}  // namespace

BoundDecision DecideDeviceBound(const DeviceBoundFacts& facts) {
  if (auto roof = ByRoofs(facts); roof.bound != BoundClass::kUnknown) return roof;
  if (facts.time_us > 0 && facts.time_us < kFewLaunches * facts.launch_us)
    return {BoundClass::kLaunch,
            format("{:.1f} us are hardly more than the {:.1f} us of an empty "
                   "kernel", facts.time_us, facts.launch_us)};
  if (facts.counted)
    if (auto busy = ByCounters(*facts.counted);
        busy.bound != BoundClass::kUnknown)
      return busy;
  if (auto few = ByWarps(facts); few.bound != BoundClass::kUnknown) return few;
  if (facts.cost_known)
    return {BoundClass::kLatency,
            format("far from both roofs: {} % of memory, {} % of arithmetic{}",
                   Percent(facts.memory), Percent(facts.compute),
                   WaitsText(facts.counted))};
  if (facts.counted)
    return {BoundClass::kLatency,
            "no unit of the device is busy" + WaitsText(facts.counted)};
  return {BoundClass::kUnknown, "the task states no [cost]"};
}

void ApplyOccupancy(Profile* profile) {
  if (!profile->device || profile->device->kernels.empty()) return;
  const auto& kernels = profile->device->kernels;
  const auto least = std::min_element(
      kernels.begin(), kernels.end(),
      [](const auto& a, const auto& b) { return a.occupancy < b.occupancy; });
  if (least->occupancy <= 0 || least->occupancy >= kFewWarps) return;
  // Matrix units are kept busy by few warps.
  if (profile->device->count("HGMMA") + profile->device->count("HMMA") > 0) return;
  for (ShapeProfile& shape : profile->shapes) {
    if (shape.bound != BoundClass::kLatency) continue;
    shape.bound = BoundClass::kOccupancy;
    shape.why = format("room for {} % of the warps: {} limit {}",
                       Percent(least->occupancy),
                       least->limited_by.empty() ? "resources" : least->limited_by,
                       Sanitize(least->name, 60));
  }
  profile->bound = OverallBound(profile->shapes);
}

}  // namespace kernelevolve
