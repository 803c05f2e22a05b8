#include "cli/run_text.h"

#include <algorithm>
#include <map>

#include "base/format.h"
#include "base/text.h"
#include "cli/units.h"

namespace kernelevolve::cli {
namespace {

// The path of descent to a node, root first.
std::string LineageText(const FinishedRun& run, NodeId id) {
  std::map<NodeId, const Node*> by_id;
  for (const Node& node : run.nodes) by_id[node.id] = &node;
  std::vector<std::string> lines;
  for (auto it = by_id.find(id); it != by_id.end() && lines.size() < 100;) {
    const Node& node = *it->second;
    lines.push_back(format("  {:>5}  {:<6}  {:>7}  {}\n", node.id,
                           NodeKindName(node.kind),
                           node.fitness > 0 ? SpeedupText(node.fitness)
                                            : std::string(CodeName(
                                                  node.evaluation.code)),
                           NodeName(node)));
    it = node.parents.empty() ? by_id.end() : by_id.find(node.parents.front());
  }
  std::reverse(lines.begin(), lines.end());
  return Join(lines, "");
}

std::string RankingText(const FinishedRun& run) {
  std::string text;
  for (const Node* node : BestOfSearch(run))
    text += format("  {:>5}  {:<6}  {:>7}  {}\n", node->id,
                   NodeKindName(node->kind), SpeedupText(node->fitness),
                   NodeName(*node));
  return text;
}

}  // namespace

std::string NodeName(const Node& node) {
  const std::string& text =
      node.description.empty() ? node.candidate.label : node.description;
  return Shortened(text, 60);
}

std::vector<const Node*> BestOfSearch(const FinishedRun& run) {
  constexpr size_t kRankedNodes = 10;
  std::vector<const Node*> ranked;
  for (const Node& node : run.nodes)
    if (node.fitness > 0) ranked.push_back(&node);
  std::stable_sort(ranked.begin(), ranked.end(), [](auto* a, auto* b) {
    return a->fitness > b->fitness;
  });
  if (ranked.size() > kRankedNodes) ranked.resize(kRankedNodes);
  return ranked;
}

std::string RunText(const FinishedRun& run, const RunCommands& commands) {
  std::string text =
      format("{}: {} on {}\n", run.record.id, run.record.task_name,
             run.record.target);
  text += format("device {}, {}\n", run.device, run.toolchain);
  text += SummaryText(run.summary, commands);
  if (run.summary.best)
    text += "\nlineage of the best (search-stage speedups)\n" +
            LineageText(run, run.summary.best->id);
  const std::string ranking = RankingText(run);
  if (!ranking.empty()) text += "\nbest of the search\n" + ranking;
  return text;
}

}  // namespace kernelevolve::cli
