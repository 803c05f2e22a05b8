#include "search/search.h"

#include "base/format.h"
#include "base/text.h"
#include "search/policies/policy.h"
#include "search/two_level_search.h"

namespace kernelevolve {

std::string SearchReport::ToString() const {
  return format(
      "{}: {} drafts, {} expansions, {} tunings; {:.0f} % of steps now tune "
      "(gain a step: structure {:.1f} %, tuning {:.1f} %)",
      policy, drafts, expansions, tunings, 100 * tune_share, structure_gain,
      tune_gain);
}

Result<std::unique_ptr<Search>> MakeSearch(const SearchOptions& options) {
  std::unique_ptr<Policy> policy = MakePolicy(options.policy);
  if (!policy) {
    const std::vector<std::string> known = PolicyNames();
    const std::string nearest = Nearest(options.policy, known);
    return BadInput(format(
        "unknown policy \"{}\"{}; known: {}", options.policy,
        nearest.empty() ? "" : format(" (did you mean \"{}\"?)", nearest),
        Join(known, ", ")));
  }
  if (options.drafts < 0)
    return BadInput(format("{} drafts: at least 0 expected", options.drafts));
  return std::make_unique<TwoLevelSearch>(options, std::move(policy));
}

}  // namespace kernelevolve
