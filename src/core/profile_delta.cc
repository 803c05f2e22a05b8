#include "core/profile_delta.h"

#include <cmath>

#include "base/format.h"
#include "base/text.h"
#include "core/device_profile_text.h"

namespace kernelevolve {
namespace {

// Less is the noise of one measurement against another.
constexpr double kRoofChange = 0.03;
constexpr double kCounterChange = 0.10;

struct Change {
  const char* what;
  int InstructionMix::*count;
};

// Ordered by how much one of them usually costs.
constexpr Change kCounts[] = {
    {"calls in hot loops", &InstructionMix::calls},
    {"spills in hot loops", &InstructionMix::spills},
    {"divisions in hot loops", &InstructionMix::divides},
    {"gathers in hot loops", &InstructionMix::gathers},
    {"scalar FP in hot loops", &InstructionMix::scalar_fp},
    {"fused multiply-adds in hot loops", &InstructionMix::fma},
    {"streaming stores in hot loops", &InstructionMix::streams},
    {"shuffles in hot loops", &InstructionMix::shuffles},
};

std::string WidthText(int bits) {
  return bits == 0 ? "scalar" : format("{}", bits);
}

void CompareRoof(const char* name, double before, double after,
                 std::vector<std::string>* lines) {
  if (std::abs(after - before) < kRoofChange) return;
  lines->push_back(
      format("{} roof {:.0f} % -> {:.0f} %", name, 100 * before, 100 * after));
}

void CompareLoops(const Profile& parent, const Profile& child,
                  std::vector<std::string>* lines) {
  if (parent.loops.empty() || child.loops.empty()) return;
  const int before = parent.vector_bits(), after = child.vector_bits();
  if (before != after)
    lines->push_back(format("vector width {} -> {}{}", WidthText(before),
                            WidthText(after), after == 0 ? "" : " bit"));
  const InstructionMix was = parent.total(), is = child.total();
  for (const Change& change : kCounts)
    if (was.*change.count != is.*change.count)
      lines->push_back(format("{} {} -> {}", change.what, was.*change.count,
                              is.*change.count));
  const int first = parent.loops.front().mix.instructions;
  const int second = child.loops.front().mix.instructions;
  if (first != second)
    lines->push_back(
        format("hottest loop {} -> {} instructions", first, second));
}

void CompareCounters(const Profile& parent, const Profile& child,
                     std::vector<std::string>* lines) {
  for (const ProfileCounter& before : parent.counters) {
    const std::optional<double> after = child.counter(before.name);
    if (!after || before.per_call <= 0) continue;
    const double change = *after / before.per_call - 1;
    if (std::abs(change) < kCounterChange) continue;
    lines->push_back(format("{} per call {:.3g} -> {:.3g} ({:+.0f} %)",
                            Sanitize(before.name, 40), before.per_call, *after,
                            100 * change));
  }
}

}  // namespace

std::vector<std::string> DescribeDelta(const Profile& parent,
                                       const Profile& child) {
  std::vector<std::string> lines;
  if (parent.bound != child.bound)
    lines.push_back(format("bound {} -> {}", BoundName(parent.bound),
                           BoundName(child.bound)));
  CompareRoof("memory", parent.memory(), child.memory(), &lines);
  CompareRoof("arithmetic", parent.compute(), child.compute(), &lines);
  CompareLoops(parent, child, &lines);
  if (parent.device && child.device)
    for (std::string& line : DescribeDeviceDelta(*parent.device, *child.device))
      lines.push_back(std::move(line));
  CompareCounters(parent, child, &lines);
  return lines;
}

}  // namespace kernelevolve
