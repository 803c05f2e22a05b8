#include "propose/recipe_proposer.h"

#include <algorithm>

#include "base/digest.h"
#include "base/format.h"
#include "base/random.h"

namespace kernelevolve {
namespace {

// A way whose fit is below this share of the best one's comes after the option
// combinations of the better ones.
constexpr double kPlausible = 0.5;
// Longest list of drafts, and of combinations of one recipe's options.
constexpr size_t kMaxDrafts = 500;
constexpr size_t kMaxCombinations = 2000;
// How often an expansion looks at another recipe first.
constexpr double kSwitchShare = 0.15;

// One from each list in turn, until all are empty.
void AppendInTurn(const std::vector<std::vector<RecipeChoice>>& lists,
                  std::vector<RecipeChoice>& all) {
  for (size_t i = 0;; ++i) {
    bool any = false;
    for (const auto& list : lists) {
      if (i >= list.size()) continue;
      all.push_back(list[i]);
      any = true;
    }
    if (!any) return;
  }
}

struct Order {
  std::vector<RecipeChoice> drafts, last_resort;
};

// `ways` is sorted by fit and stays where it is.
Order DraftOrder(const std::vector<RankedMatch>& ways) {
  Order order;
  std::vector<std::vector<RecipeChoice>> combinations;
  for (const RankedMatch& way : ways) {
    const bool plausible =
        way.recipe->any_signature || way.fit >= kPlausible * ways.front().fit;
    (plausible ? order.drafts : order.last_resort)
        .push_back({&way, DefaultOptions(*way.recipe)});
    if (plausible)
      combinations.push_back(OptionCombinations(way, kMaxCombinations));
  }
  AppendInTurn(combinations, order.drafts);
  if (order.drafts.size() > kMaxDrafts) order.drafts.resize(kMaxDrafts);
  return order;
}

// The parent's values where the new source takes them, else its defaults.
ParameterValues InheritParameters(const TuneSpace& space, const Node* parent) {
  if (!parent) return space.Defaults();
  ParameterValues kept;
  for (const TuneParameter& parameter : space.parameters) {
    const auto it = parent->candidate.parameters.find(parameter.name);
    if (it != parent->candidate.parameters.end() &&
        std::find(parameter.values.begin(), parameter.values.end(),
                  it->second) != parameter.values.end())
      kept.insert(*it);
  }
  return space.Complete(kept).value_or(space.Defaults());
}

}  // namespace

void RecipeProposer::Remember(const Candidate& candidate) {
  Claim(proposed_, HexDigest(candidate.source));
}

bool RecipeProposer::Claim(std::set<std::string>& claimed,
                           const std::string& text) {
  const std::lock_guard lock(mutex_);
  return claimed.insert(text).second;
}

std::shared_ptr<const RecipeProposer::Plan> RecipeProposer::PlanFor(
    const Task& task) {
  const std::string digest = task.Digest();
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const Plan>& plan = plans_[digest];
  if (!plan) {
    auto made = std::make_shared<Plan>();
    made->ways = index_.Matches(task);
    Order order = DraftOrder(made->ways);
    made->drafts = std::move(order.drafts);
    made->last_resort = std::move(order.last_resort);
    plan = std::move(made);
  }
  return plan;
}

std::optional<Candidate> RecipeProposer::Make(const RecipeChoice& choice,
                                              const ProposalRequest& request) {
  if (!Claim(tried_, OriginText(choice))) return std::nullopt;
  const Result<std::string> source = Instantiate(
      *choice.way->recipe, choice.way->match, choice.options, *request.task);
  if (!source) return std::nullopt;
  const Result<TuneSpace> space = ParseTuneSpace(*source);
  if (!space || !Claim(proposed_, HexDigest(*source))) return std::nullopt;
  Candidate candidate;
  candidate.language = request.target->language;
  candidate.source = *source;
  candidate.parameters = InheritParameters(*space, request.parent);
  candidate.label = choice.way->recipe->name;
  return candidate;
}

std::optional<Proposal> RecipeProposer::FirstNew(
    const std::vector<RecipeChoice>& choices, const RecipeChoice* parent,
    const ProposalRequest& request) {
  for (const RecipeChoice& choice : choices)
    if (std::optional<Candidate> candidate = Make(choice, request))
      return Proposal{std::move(*candidate), OriginText(choice),
                      parent ? DescribeChange(*parent, choice)
                             : choice.way->recipe->summary};
  return std::nullopt;
}

std::optional<Proposal> RecipeProposer::FirstNewOf(
    const std::string& list_name,
    const std::function<std::vector<RecipeChoice>()>& make_list,
    const RecipeChoice* parent, const ProposalRequest& request) {
  const std::string name = request.task->name + " " + list_name;
  {
    const std::lock_guard lock(mutex_);
    if (used_up_.contains(name)) return std::nullopt;
  }
  if (auto made = FirstNew(make_list(), parent, request)) return made;
  Claim(used_up_, name);
  return std::nullopt;
}

std::optional<Proposal> RecipeProposer::Draft(const Plan& plan,
                                              const ProposalRequest& request) {
  // Its own place in the list first, so that drafts made at the same time do
  // not depend on each other; then whatever is left.
  const auto rotated = [&] {
    std::vector<RecipeChoice> order = plan.drafts;
    order.insert(order.end(), plan.last_resort.begin(), plan.last_resort.end());
    const size_t own =
        std::min(static_cast<size_t>(request.draft_index), order.size());
    std::rotate(order.begin(), order.begin() + static_cast<ptrdiff_t>(own),
                order.end());
    return order;
  };
  return FirstNewOf("drafts", rotated, nullptr, request);
}

std::optional<Proposal> RecipeProposer::Expand(const Plan& plan,
                                               const ProposalRequest& request) {
  Random random(request.seed);
  const auto parent = ParseOrigin(request.parent->origin, plan.ways);
  if (!parent) return Draft(plan, request);
  std::vector<RecipeChoice> mutations = SingleMutations(*parent);
  random.Shuffle(mutations);
  const std::string way = OriginText({parent->way, {}});
  const auto mutate = [&] { return FirstNew(mutations, &*parent, request); };
  const auto switch_recipe = [&] {
    return FirstNewOf(
        "others than " + way,
        [&] {
          std::vector<RecipeChoice> others;
          for (const RecipeChoice& draft : plan.drafts)
            if (draft.way != parent->way) others.push_back(draft);
          return others;
        },
        &*parent, request);
  };
  const bool switch_first = random.Uniform() < kSwitchShare;
  if (auto made = switch_first ? switch_recipe() : mutate()) return made;
  if (auto made = switch_first ? mutate() : switch_recipe()) return made;
  if (auto made = FirstNewOf(
          "combinations of " + way,
          [&] { return OptionCombinations(*parent->way, kMaxCombinations); },
          &*parent, request))
    return made;
  return FirstNewOf(
      "last resort", [&] { return plan.last_resort; }, &*parent, request);
}

Result<std::optional<Proposal>> RecipeProposer::Propose(
    const ProposalRequest& request, const StopCondition& stop) {
  if (stop.requested()) return Fail(ErrorCode::kInterrupted, "interrupted");
  const std::shared_ptr<const Plan> plan = PlanFor(*request.task);
  return request.parent ? Expand(*plan, request) : Draft(*plan, request);
}

}  // namespace kernelevolve
