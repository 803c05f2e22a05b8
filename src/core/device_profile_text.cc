#include "core/device_profile_text.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

constexpr size_t kKernels = 4, kStalls = 4, kCounters = 16;
constexpr size_t kNameBytes = 60;
// Less is the noise of one measurement against another.
constexpr double kCounterChange = 0.10;
constexpr double kOccupancyChange = 0.02;

using Lines = std::vector<std::string>;

std::string KernelText(const KernelProfile& kernel) {
  std::string text = "    ";
  if (kernel.share > 0) text += format("{:>3.0f} %  ", 100 * kernel.share);
  text += format(
      "{}: {} x {} threads, {} registers, {} bytes of stack, {} of shared "
      "memory, occupancy {:.0f} %",
      Shortened(kernel.name, kNameBytes), kernel.blocks, kernel.threads,
      kernel.registers, kernel.stack_bytes, kernel.shared_bytes,
      100 * kernel.occupancy);
  if (!kernel.limited_by.empty())
    text += format(" (limited by {})", Shortened(kernel.limited_by, 30));
  return text;
}

std::string InstructionsText(const KernelProfile& kernel) {
  Lines parts;
  for (const InstructionCount& one : kernel.instructions)
    parts.push_back(format("{} {}", one.count, Shortened(one.name, 20)));
  return "      instructions: " + Shortened(Join(parts, ", "), 300);
}

std::string ValueText(double value, std::string_view unit) {
  if (unit == "%") return format("{:.0f} %", value);
  if (unit == "bytes") return format("{:.3g} MB", value * 1e-6);
  if (unit.empty()) return format("{:.3g}", value);
  return format("{:.3g} {}", value, Shortened(unit, 20));
}

std::string CounterText(const DeviceCounter& counter) {
  return Shortened(counter.name, 40) + " " +
         ValueText(counter.value, counter.unit);
}

void CompareCount(std::string_view what, double before, double after,
                  Lines* lines) {
  if (before != after)
    lines->push_back(format("{} {:.0f} -> {:.0f}", what, before, after));
}

// Largest over kernels.
template <typename Member>
double Most(const DeviceProfile& device, Member member) {
  double most = 0;
  for (const KernelProfile& kernel : device.kernels)
    most = std::max(most, static_cast<double>(kernel.*member));
  return most;
}

void CompareKernels(const DeviceProfile& parent, const DeviceProfile& child,
                    Lines* lines) {
  if (parent.kernels.empty() || child.kernels.empty()) return;
  CompareCount("kernels", static_cast<double>(parent.kernels.size()),
               static_cast<double>(child.kernels.size()), lines);
  CompareCount("registers", Most(parent, &KernelProfile::registers),
               Most(child, &KernelProfile::registers), lines);
  CompareCount("bytes of stack", Most(parent, &KernelProfile::stack_bytes),
               Most(child, &KernelProfile::stack_bytes), lines);
  CompareCount("bytes of shared memory",
               Most(parent, &KernelProfile::shared_bytes),
               Most(child, &KernelProfile::shared_bytes), lines);
  const double before = parent.least_occupancy(), after = child.least_occupancy();
  if (std::abs(after - before) >= kOccupancyChange)
    lines->push_back(format("least occupancy {:.0f} % -> {:.0f} %", 100 * before,
                            100 * after));
}

bool WasRead(const DeviceProfile& device) {
  return std::any_of(
      device.kernels.begin(), device.kernels.end(),
      [](const KernelProfile& kernel) { return !kernel.instructions.empty(); });
}

void CompareInstructions(const DeviceProfile& parent, const DeviceProfile& child,
                         Lines* lines) {
  if (!WasRead(parent) || !WasRead(child)) return;
  // Ordered by how much one of them usually matters.
  for (const std::string_view kind :
       {kSpills, std::string_view("HGMMA"), std::string_view("HMMA"),
        std::string_view("LDG.128"), kNarrowLoads, std::string_view("UTMALDG"),
        std::string_view("LDGSTS"), std::string_view("BAR"),
        std::string_view("ATOM"), std::string_view("MUFU")})
    CompareCount(kind, parent.count(kind), child.count(kind), lines);
}

void CompareCounters(const DeviceProfile& parent, const DeviceProfile& child,
                     Lines* lines) {
  if (parent.shape != child.shape) return;
  for (const DeviceCounter& before : parent.counters) {
    const auto after = child.counter(before.name);
    if (!after || before.value <= 0 ||
        std::abs(*after / before.value - 1) < kCounterChange)
      continue;
    lines->push_back(format("{} -> {}", CounterText(before),
                            ValueText(*after, before.unit)));
  }
}

}  // namespace

std::vector<std::string> DeviceProfileLines(const DeviceProfile& device) {
  Lines lines;
  if (!device.kernels.empty()) lines.push_back("  kernels of a call");
  const size_t shown = std::min(device.kernels.size(), kKernels);
  for (size_t i = 0; i < shown; ++i) {
    lines.push_back(KernelText(device.kernels[i]));
    if (!device.kernels[i].instructions.empty())
      lines.push_back(InstructionsText(device.kernels[i]));
  }
  if (shown < device.kernels.size())
    lines.push_back(
        format("    and {} more kernels", device.kernels.size() - shown));
  Lines parts, waits;
  for (const DeviceCounter& counter : device.counters)
    if (parts.size() < kCounters) parts.push_back(CounterText(counter));
  if (!parts.empty())
    lines.push_back(format("  counters at {}: {}", Shortened(device.shape, 40),
                           Join(parts, ", ")));
  for (const StallShare& stall : device.stalls)
    if (waits.size() < kStalls)
      waits.push_back(
          format("{} {:.0f} %", Shortened(stall.reason, 40),
                 100 * stall.share));
  if (!waits.empty())
    lines.push_back("  warps wait for: " + Join(waits, ", "));
  return lines;
}

std::vector<std::string> DescribeDeviceDelta(const DeviceProfile& parent,
                                             const DeviceProfile& child) {
  Lines lines;
  CompareInstructions(parent, child, &lines);
  CompareKernels(parent, child, &lines);
  CompareCounters(parent, child, &lines);
  return lines;
}

}  // namespace kernelevolve
