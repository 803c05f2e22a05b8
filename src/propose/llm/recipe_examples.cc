#include "propose/llm/recipe_examples.h"

#include <algorithm>

#include "base/format.h"
#include "knowledge/instantiate.h"

namespace kernelevolve {
namespace {

// A way whose fit is below this share of the best one's misleads.
constexpr double kPlausible = 0.5;

// The best way of each recipe, best first; those that fit any task are no
// example of anything.
std::vector<RankedMatch> FittingWays(const std::vector<RankedMatch>& all) {
  std::vector<RankedMatch> ways;
  for (const RankedMatch& way : all) {
    if (way.recipe->any_signature) continue;
    if (!ways.empty() && way.fit < kPlausible * ways.front().fit) continue;
    const bool again = std::any_of(
        ways.begin(), ways.end(),
        [&](const RankedMatch& each) { return each.recipe == way.recipe; });
    if (!again) ways.push_back(way);
  }
  return ways;
}

}  // namespace

std::optional<PromptExample> RecipeExamples::For(
    const ProposalRequest& request) const {
  if (request.kind != NodeKind::kDraft || request.draft_index % 2 == 0)
    return std::nullopt;
  const std::vector<RankedMatch> ways =
      FittingWays(index_.Matches(*request.task));
  const auto number = static_cast<size_t>(request.draft_index / 2);
  if (number >= ways.size()) return std::nullopt;
  const Recipe& recipe = *ways[number].recipe;
  Result<std::string> source = Instantiate(
      recipe, ways[number].match, DefaultOptions(recipe), *request.task);
  if (!source) return std::nullopt;
  return PromptExample{format("{}: {}", recipe.name, recipe.summary),
                       recipe.language, *std::move(source)};
}

}  // namespace kernelevolve
