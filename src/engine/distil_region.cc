#include "engine/distil_region.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "engine/distil_steps.h"

namespace kernelevolve {
namespace {

constexpr size_t kFewestSettings = 8, kFewestGood = 2;

// Nothing that a later stage has thrown out.
bool IsRight(const FinishedRun& run, const Node& node) {
  const Evaluation* stands = Standing(run, node.id);
  return node.evaluation.accepted() && (!stands || stands->accepted());
}

bool ByValue(const std::string& a, const std::string& b) {
  const double x = std::strtod(a.c_str(), nullptr);
  const double y = std::strtod(b.c_str(), nullptr);
  return x != y ? x < y : a < b;
}

// Fastest first.
std::vector<const Node*> SettingsOf(const FinishedRun& run,
                                    const std::string& source) {
  std::vector<const Node*> settings;
  std::set<ParameterValues> seen;
  for (const Node& node : run.nodes)
    if (node.candidate.source == source && IsRight(run, node) &&
        seen.insert(node.candidate.parameters).second)
      settings.push_back(&node);
  std::stable_sort(settings.begin(), settings.end(),
                   [](const Node* a, const Node* b) {
                     return a->evaluation.speedup > b->evaluation.speedup;
                   });
  return settings;
}

std::vector<std::string> ValuesOf(const std::vector<const Node*>& settings,
                                  const std::string& name) {
  std::vector<std::string> values;
  for (const Node* node : settings) {
    const auto it = node->candidate.parameters.find(name);
    if (it == node->candidate.parameters.end()) continue;
    if (std::find(values.begin(), values.end(), it->second) == values.end())
      values.push_back(it->second);
  }
  std::sort(values.begin(), values.end(), ByValue);
  return values;
}

}  // namespace

std::optional<BestRegion> FindBestRegion(const FinishedRun& run) {
  const Evaluation* stands = StandingBest(run);
  if (!stands) return std::nullopt;
  const Candidate& best = run.summary.best->candidate;
  const std::vector<const Node*> settings = SettingsOf(run, best.source);
  if (settings.size() < kFewestSettings) return std::nullopt;
  BestRegion region;
  region.settings = static_cast<int>(settings.size());
  const double least =
      (1 - kNearBest) * settings.front()->evaluation.speedup;
  // A fastest one that was luck says nothing of its neighbours.
  if (stands->speedup < least) return std::nullopt;
  for (const Node* node : settings)
    if (std::max(node->evaluation.speedup, node->evaluation.speedup_ci[1]) >=
        least)
      region.good.push_back(node);
  if (region.good.size() < kFewestGood) return std::nullopt;
  for (const auto& [name, value] : best.parameters) {
    ParameterRegion parameter{name, ValuesOf(region.good, name),
                              ValuesOf(settings, name)};
    if (parameter.good.size() < parameter.tried.size())
      region.parameters.push_back(std::move(parameter));
  }
  if (region.parameters.empty()) return std::nullopt;
  return region;
}

}  // namespace kernelevolve
