#include "engine/distil_text.h"

#include <vector>

#include "base/format.h"
#include "base/text.h"
#include "core/profile_delta.h"
#include "knowledge/skills/skill_text.h"

namespace kernelevolve {
namespace {

// All of them together keep a skill below kMaxSkillBody.
constexpr size_t kQuoteBytes = 140, kNameBytes = 30, kValueBytes = 20;
constexpr size_t kChanges = 4, kDeltas = 3, kValues = 8, kNodesTold = 8;

// In quotation marks that it cannot end.
std::string Quote(std::string_view text) {
  std::string line = CappedLine(text, kQuoteBytes);
  for (char& c : line)
    if (c == '"') c = '\'';
  return "\"" + line + "\"";
}

std::string ChangedParameters(const Node& before, const Node& after) {
  std::vector<std::string> changes;
  for (const auto& [name, value] : after.candidate.parameters) {
    const auto it = before.candidate.parameters.find(name);
    if (it == before.candidate.parameters.end() || it->second == value ||
        changes.size() == kChanges)
      continue;
    changes.push_back(format("{} {} -> {}", CappedLine(name, kNameBytes),
                             CappedLine(it->second, kValueBytes),
                             CappedLine(value, kValueBytes)));
  }
  return changes.empty() ? "" : " Parameters: " + Join(changes, ", ") + ".";
}

std::string ProfileText(const Evaluation& before, const Evaluation& after) {
  if (!before.profile || !after.profile) return "";
  std::vector<std::string> lines =
      DescribeDelta(*before.profile, *after.profile);
  if (lines.size() > kDeltas) lines.resize(kDeltas);
  for (std::string& line : lines) line = CappedLine(line, kWordBytes);
  return lines.empty() ? "" : " Profile: " + Join(lines, "; ") + ".";
}

std::string ValuesText(const std::vector<std::string>& values) {
  std::vector<std::string> told;
  for (const std::string& value : values)
    if (told.size() < kValues) told.push_back(CappedLine(value, kValueBytes));
  if (values.size() > told.size()) told.emplace_back("...");
  return "{" + Join(told, ", ") + "}";
}

}  // namespace

std::string Described(const Node& node) {
  return Quote(node.description.empty() ? node.candidate.label
                                        : node.description);
}

std::string StepText(const WinningStep& step) {
  const Evaluation& before = step.before->evaluation;
  const Evaluation& after = step.after->evaluation;
  const std::string from =
      step.repair() ? format("rejected with {}: {}", CodeName(before.code),
                             Quote(before.message))
                    : format("{:.3g}x", before.speedup);
  const std::string later =
      step.stands ? format("; {:.3g}x at the {} stage", step.stands->speedup,
                           StageName(step.stands->stage))
                  : "";
  return format("- node {} ({}) to node {} ({:.3g}x{}{}), described as "
                "{}.{}{}\n",
                step.before->id, from, step.after->id, after.speedup, later,
                step.repair() ? "" : format(", {:+.0f} %", 100 * step.gain),
                Described(*step.after),
                ChangedParameters(*step.before, *step.after),
                ProfileText(before, after));
}

std::string ParameterText(const ParameterRegion& parameter) {
  return format("- {} in {}, of {} that were tried\n",
                CappedLine(parameter.name, kNameBytes),
                ValuesText(parameter.good), ValuesText(parameter.tried));
}

std::string FailureText(const RepeatedFailure& failure) {
  std::vector<std::string> nodes;
  for (const Node* node : failure.nodes)
    if (nodes.size() < kNodesTold) nodes.push_back(std::to_string(node->id));
  if (failure.nodes.size() > nodes.size()) nodes.emplace_back("...");
  return format(
      "- {}: of {} kernels described with the words {}, {} were rejected so "
      "(nodes {}), such as {}. The judge: {}.\n",
      CodeName(failure.code), failure.described, Quote(failure.move),
      failure.nodes.size(), Join(nodes, ", "),
      Described(*failure.nodes.front()), Quote(failure.message));
}

}  // namespace kernelevolve
