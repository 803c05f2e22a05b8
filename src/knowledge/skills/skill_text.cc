#include "knowledge/skills/skill_text.h"

#include <algorithm>
#include <vector>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

constexpr size_t kFieldBytes = 120, kNodesTold = 6;

std::string ReviewText(const Skill& skill) {
  if (skill.reviewer.empty()) return "nobody has reviewed it";
  return format("reviewed by {} on {}",
                CappedLine(skill.reviewer, kFieldBytes), skill.reviewed);
}

}  // namespace

std::string CappedLine(std::string_view text, size_t bytes) {
  // Four times as much, for what sanitising takes away.
  std::string line = Sanitize(text.substr(0, 4 * bytes), 4 * bytes + 64);
  for (char& c : line) {
    if (c == '\n' || c == '\t') c = ' ';
    if (c == '`') c = '\'';
  }
  line = Trim(line);
  if (line.size() <= bytes) return line;
  size_t end = bytes;
  while (end > 0 && (static_cast<unsigned char>(line[end]) >> 6) == 2) --end;
  line.resize(end);
  return line;
}

std::string EvidenceText(const SkillEvidence& evidence) {
  if (evidence.code != Code::kOk)
    return format("rejected, {}", CodeName(evidence.code));
  return format("{:.3g}x [{:.3g}, {:.3g}] at the {} stage", evidence.speedup,
                evidence.interval[0], evidence.interval[1],
                StageName(evidence.stage));
}

std::string ProvenanceText(const Skill& skill) {
  std::vector<std::string> nodes;
  for (const SkillEvidence& evidence : skill.evidence) {
    if (nodes.size() == kNodesTold) break;
    nodes.push_back(
        format("node {} ({})", evidence.node, EvidenceText(evidence)));
  }
  if (skill.evidence.size() > nodes.size())
    nodes.push_back(format("{} more", skill.evidence.size() - nodes.size()));
  return format("From run {} of {} for {} on {}, written {}; rests on {}; {}.",
                CappedLine(skill.run, kFieldBytes),
                CappedLine(skill.task, kFieldBytes),
                CappedLine(skill.target, kFieldBytes),
                CappedLine(skill.device, kFieldBytes), skill.created,
                Join(nodes, ", "), ReviewText(skill));
}

}  // namespace kernelevolve
