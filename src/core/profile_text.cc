#include "core/profile_text.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "core/device_profile_text.h"

namespace kernelevolve {
namespace {

constexpr size_t kShapes = 6, kLoops = 4, kLost = 3;
constexpr size_t kWordBytes = 100, kRemarkBytes = 200;

using Lines = std::vector<std::string>;

std::string Percent(double share) { return format("{:.0f} %", 100 * share); }

void AddBound(const Profile& profile, Lines* lines) {
  std::string line = format("profile: {} bound", BoundName(profile.bound));
  for (const ShapeProfile& shape : profile.shapes)
    if (shape.bound == profile.bound) {
      line += format(" ({}, at {})", Shortened(shape.why, kWordBytes),
                     Shortened(shape.name, 40));
      break;
    }
  if (!profile.full) line += "; a quick look";
  lines->push_back(line);
}

void AddShapes(const Profile& profile, Lines* lines) {
  const ProfileRoofs& roofs = profile.roofs;
  if (profile.device && roofs.bytes_per_s > 0)
    lines->push_back(format(
        "  roofs of this device: {:.2f} TB/s from memory, {:.1f} TFLOP/s in the "
        "task's precision",
        roofs.bytes_per_s * 1e-12, roofs.flops_per_s * 1e-12));
  else if (roofs.bytes_per_s > 0)
    lines->push_back(format(
        "  roofs of this core: {:.1f} GB/s {}, {:.1f} GFLOP/s",
        roofs.bytes_per_s * 1e-9, roofs.cold ? "from memory" : "from cache",
        roofs.flops_per_s * 1e-9));
  const size_t shown = std::min(profile.shapes.size(), kShapes);
  for (size_t i = 0; i < shown; ++i) {
    const ShapeProfile& shape = profile.shapes[i];
    lines->push_back(format("    {}: memory {}, arithmetic {}, {} bound",
                            Shortened(shape.name, 40), Percent(shape.memory),
                            Percent(shape.compute), BoundName(shape.bound)));
  }
  if (shown < profile.shapes.size())
    lines->push_back(
        format("    and {} more shapes", profile.shapes.size() - shown));
}

std::string MixText(const InstructionMix& mix) {
  const int bits = mix.vector_bits();
  std::string text =
      format("{}, {}", Counted(mix.instructions, "instruction"),
             bits == 0 ? std::string("scalar") : format("{} bit", bits));
  const auto add = [&text](int count, const std::string& counted) {
    if (count > 0) text += ", " + counted;
  };
  const auto add_named = [&](int count, const char* name) {
    add(count, format("{} {}", count, name));
  };
  add_named(mix.fma, "FMA");
  add_named(mix.scalar_fp, "scalar FP");
  add_named(mix.divides, "div/sqrt");
  add(mix.loads, Counted(mix.loads, "load"));
  add(mix.stores, Counted(mix.stores, "store"));
  add_named(mix.streams, "streaming");
  add(mix.gathers, Counted(mix.gathers, "gather"));
  add(mix.shuffles, Counted(mix.shuffles, "shuffle"));
  add_named(mix.spills, "of the stack (spills)");
  return text;
}

// "12-15, 40": lines that nearly touch are one range.
std::string LinesText(const std::vector<int>& lines) {
  constexpr int kGap = 3;
  constexpr size_t kRanges = 5;
  Lines ranges;
  for (size_t i = 0; i < lines.size() && ranges.size() < kRanges;) {
    size_t last = i;
    while (last + 1 < lines.size() && lines[last + 1] - lines[last] <= kGap)
      ++last;
    ranges.push_back(last == i ? format("{}", lines[i])
                               : format("{}-{}", lines[i], lines[last]));
    i = last + 1;
  }
  return Join(ranges, ", ");
}

void AddLoops(const Profile& profile, Lines* lines) {
  if (profile.loops.empty()) return;
  const bool sampled = profile.loops.front().share > 0;
  lines->push_back(
      format("  innermost loops, one iteration ({})",
             sampled ? "share of samples" : "likely hottest first"));
  const size_t shown = std::min(profile.loops.size(), kLoops);
  for (size_t i = 0; i < shown; ++i) {
    const HotLoop& loop = profile.loops[i];
    std::string line = "    ";
    if (sampled) line += format("{:>3.0f} %  ", 100 * loop.share);
    line += format("{}+0x{:x}", Shortened(loop.function, 40), loop.offset);
    if (!loop.lines.empty())
      line += format(" ({} {})", loop.lines.size() == 1 ? "line" : "lines",
                     LinesText(loop.lines));
    line += ": " + MixText(loop.mix);
    if (loop.mix.calls > 0)
      line += format(", {} ({})", Counted(loop.mix.calls, "call"),
                     Shortened(Join(loop.callees, ", "), kWordBytes));
    lines->push_back(line);
  }
  if (profile.library_share > 0.01)
    lines->push_back(
        format("    {:>3.0f} %  in libraries", 100 * profile.library_share));
}

void AddCounters(const Profile& profile, Lines* lines) {
  if (profile.counters.empty()) return;
  Lines parts;
  for (const ProfileCounter& counter : profile.counters)
    parts.push_back(
        format("{} {:.3g}", Shortened(counter.name, 40), counter.per_call));
  const auto cycles = profile.counter("cycles");
  const auto instructions = profile.counter("instructions");
  if (cycles && instructions && *cycles > 0)
    parts.push_back(
        format("{:.2f} instructions per cycle", *instructions / *cycles));
  lines->push_back("  per call: " + Shortened(Join(parts, ", "), 400));
}

void AddRemarks(const Profile& profile, size_t room, Lines* lines) {
  if (profile.remarks.empty() || room < 2) return;
  lines->push_back("  the compiler on vectorisation");
  const size_t shown = std::min(profile.remarks.size(), room - 1);
  for (size_t i = 0; i < shown; ++i)
    lines->push_back("    " + Shortened(profile.remarks[i], kRemarkBytes));
}

}  // namespace

std::vector<std::string> ProfileLines(const Profile& profile) {
  Lines lines, last;
  AddBound(profile, &lines);
  AddShapes(profile, &lines);
  if (profile.device)
    for (std::string& line : DeviceProfileLines(*profile.device))
      lines.push_back(std::move(line));
  AddLoops(profile, &lines);
  AddCounters(profile, &lines);
  for (size_t i = 0; i < std::min(profile.lost.size(), kLost); ++i)
    last.push_back("  not seen: " + Shortened(profile.lost[i], kRemarkBytes));
  const size_t said = lines.size() + last.size();
  AddRemarks(profile, said < kProfileLines ? kProfileLines - said : 0, &lines);
  lines.insert(lines.end(), last.begin(), last.end());
  return lines;
}

}  // namespace kernelevolve
