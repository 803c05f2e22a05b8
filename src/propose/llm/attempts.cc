#include "propose/llm/attempts.h"

#include <algorithm>
#include <map>

#include "base/format.h"
#include "base/text.h"
#include "propose/llm/untrusted.h"

namespace kernelevolve {
namespace {

constexpr size_t kWhatBytes = 160, kOutcomeBytes = 240;
constexpr size_t kHistoryBytes = 24 << 10;
// Nearer than this to its parent, a kernel is neither better nor worse.
constexpr double kSame = 0.01;

std::string What(const Node& node) {
  const std::string& text =
      node.description.empty() ? node.candidate.label : node.description;
  return text.empty() ? "a kernel" : Shortened(text, kWhatBytes);
}

std::string Change(double now, double before) {
  if (before <= 0) return "";
  const double change = now / before - 1;
  return std::abs(change) < kSame
             ? ", no faster than what it was made from"
             : format(", {:+.0f} % on what it was made from", 100 * change);
}

std::string Outcome(const Node& node, const Node* parent) {
  const Evaluation& evaluation = node.evaluation;
  if (!evaluation.accepted())
    return OneLine(format("{} {}: {}", StatusName(evaluation.status),
                          CodeName(evaluation.code), evaluation.message),
                   kOutcomeBytes);
  return format("right, {:.3g}x{}", node.fitness,
                parent ? Change(node.fitness, parent->fitness) : "");
}

Attempt AttemptOf(const Node& node, const Node* parent) {
  Attempt attempt{node.id, What(node), Outcome(node, parent), false};
  attempt.failed = !node.evaluation.accepted() ||
                   (parent && node.fitness < (1 + kSame) * parent->fitness);
  return attempt;
}

std::string ValuesText(const ParameterValues& values) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : values)
    parts.push_back(OneLine(format("{}={}", name, value), 60));
  return Join(parts, " ");
}

// All settings of one structure that were tried, as one attempt.
Attempt TunedAttempt(const std::vector<const Node*>& settings,
                     const Node* parent) {
  const Node& best = **std::max_element(
      settings.begin(), settings.end(),
      [](const Node* a, const Node* b) { return a->fitness < b->fitness; });
  Attempt attempt{best.id,
                  format("{} other parameter settings of the same source, best {}",
                         settings.size(), ValuesText(best.candidate.parameters)),
                  Outcome(best, parent), false};
  attempt.failed =
      parent && best.fitness < (1 + kSame) * parent->fitness;
  return attempt;
}

void AddLineage(const ProposalRequest& request, std::vector<Attempt>& attempts) {
  const Node* before = nullptr;
  for (const Node* node : request.ancestors) {
    attempts.push_back(AttemptOf(*node, before));
    before = node;
  }
}

void AddSiblings(const ProposalRequest& request,
                 std::vector<Attempt>& attempts) {
  std::map<std::string, std::vector<const Node*>> tuned;  // by source
  for (const Node* node : request.siblings) {
    if (node->kind == NodeKind::kTune)
      tuned[node->candidate.source].push_back(node);
    else
      attempts.push_back(AttemptOf(*node, request.parent));
  }
  for (const auto& [source, settings] : tuned)
    attempts.push_back(TunedAttempt(settings, request.parent));
}

// Plans are a model's words, outcomes quote compilers and candidates.
std::string Lines(const char* title, const std::vector<Attempt>& attempts,
                  bool failed) {
  std::vector<std::string> lines;
  for (const Attempt& attempt : attempts)
    if (attempt.failed == failed)
      lines.push_back(format("node {}: {} -> {}", attempt.node, attempt.what,
                             attempt.outcome));
  return QuotedLines(title, lines, kHistoryBytes);
}

}  // namespace

std::vector<Attempt> CollectAttempts(const ProposalRequest& request) {
  std::vector<Attempt> attempts;
  const Memory memory = request.memory;
  if (memory == Memory::kParent || memory == Memory::kBoth)
    AddLineage(request, attempts);
  if (memory == Memory::kSiblings || memory == Memory::kBoth)
    AddSiblings(request, attempts);
  std::stable_sort(
      attempts.begin(), attempts.end(),
      [](const Attempt& a, const Attempt& b) { return a.node < b.node; });
  return attempts;
}

std::string AttemptsText(const std::vector<Attempt>& attempts, size_t limit) {
  std::vector<Attempt> kept = attempts;
  if (kept.size() > limit)
    kept.erase(kept.begin(),
               kept.end() - static_cast<std::ptrdiff_t>(limit));
  std::string text =
      Lines("What led here", kept, false) +
      Lines("Tried and failed; do not propose these again", kept, true);
  if (kept.size() < attempts.size())
    text += format("({} older attempts left out)\n",
                   attempts.size() - kept.size());
  return text;
}

}  // namespace kernelevolve
