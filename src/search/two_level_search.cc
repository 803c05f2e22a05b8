#include "search/two_level_search.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/random.h"

namespace kernelevolve {
namespace {

StepLevel LevelOf(const Step& step) {
  return step.kind == NodeKind::kTune ? StepLevel::kTune
                                      : StepLevel::kStructure;
}

// Initial drafts are a fixed cost: the allocator does not learn from them.
bool Initial(const Step& step, int drafts) {
  return step.kind == NodeKind::kSeed ||
         (step.kind == NodeKind::kDraft && step.draft_index < drafts);
}

uint64_t SeedOf(uint64_t root, uint64_t number, uint64_t series) {
  return MixBits(root ^ MixBits(number ^ MixBits(series)));
}

double LogRatio(double now, double before) {
  return before > 0 && now > before ? std::log(now / before) : 0;
}

}  // namespace

TwoLevelSearch::TwoLevelSearch(const SearchOptions& options,
                               std::unique_ptr<Policy> policy)
    : options_(options), policy_(std::move(policy)), tuning_(options.seed) {
  report_.policy = options.policy;
}

bool TwoLevelSearch::Drafting() const {
  return static_cast<int>(drafts_begun_.size()) < options_.drafts &&
         !tree_.root().closed;
}

std::optional<Step> TwoLevelSearch::Ask() {
  if (Drafting()) return DraftStep();
  const std::optional<StructureId> place = policy_->Choose(tree_);
  const bool structure_next =
      place && (!options_.tune || allocator_.Choose() == StepLevel::kStructure);
  if (structure_next) return StructureStep(*place);
  if (options_.tune)
    if (const auto choice = tuning_.Ask(tree_)) return TuneStep(*choice);
  if (place) return StructureStep(*place);
  return std::nullopt;
}

Step TwoLevelSearch::NewStep(NodeKind kind) {
  Step step;
  step.kind = kind;
  step.ticket = next_ticket_++;
  // With the nodes told in it, a resumed run cannot draw a recorded node's
  // seed.
  step.seed = SeedOf(options_.seed, static_cast<uint64_t>(step.ticket),
                     1 + told_.size());
  return step;
}

Step TwoLevelSearch::DraftStep() {
  Step step = NewStep(NodeKind::kDraft);
  while (drafts_begun_.contains(step.draft_index)) ++step.draft_index;
  drafts_begun_.insert(step.draft_index);
  // Drafts do not depend on what comes back, nor on when.
  step.seed = SeedOf(options_.seed, static_cast<uint64_t>(step.draft_index), 0);
  tree_.Start(0);
  if (!Initial(step, options_.drafts)) allocator_.Start(StepLevel::kStructure);
  return step;
}

Step TwoLevelSearch::StructureStep(StructureId place) {
  if (place == 0) return DraftStep();
  Step step = NewStep(NodeKind::kExpand);
  step.parent = tree_[place].best_node;
  tree_.Start(place);
  allocator_.Start(StepLevel::kStructure);
  return step;
}

Step TwoLevelSearch::TuneStep(const Tuning::Choice& choice) {
  Step step = NewStep(NodeKind::kTune);
  step.parent = tree_[choice.structure].best_node;
  step.parameters = choice.values;
  allocator_.Start(StepLevel::kTune);
  return step;
}

StructureId TwoLevelSearch::PlaceOf(const Step& step) const {
  // A parent that the store lost leaves its children at the root.
  const auto parent = told_.find(step.parent);
  return parent == told_.end() ? 0 : parent->second.structure;
}

double TwoLevelSearch::GainOf(const Step& step, double fitness) const {
  const double gain = LogRatio(fitness, tree_.best());
  if (step.kind == NodeKind::kTune) return gain;
  // A new structure has not been tuned yet, the best has: what it adds shows
  // against the other untuned ones.
  return std::max(gain, LogRatio(fitness, best_untuned_));
}

void TwoLevelSearch::Count(const Step& step) {
  if (step.kind == NodeKind::kTune)
    ++report_.tunings;
  else if (step.kind == NodeKind::kExpand)
    ++report_.expansions;
  else if (step.kind == NodeKind::kDraft)
    ++report_.drafts;
}

void TwoLevelSearch::Tell(const Step& step, const Outcome& outcome) {
  CHECK(!told_.contains(outcome.node));
  const StructureId place = PlaceOf(step);
  const bool asked = step.ticket != 0;
  if (asked && step.kind != NodeKind::kTune) tree_.Arrive(place);
  if (step.kind == NodeKind::kDraft) drafts_begun_.insert(step.draft_index);
  if (!Initial(step, options_.drafts)) {
    if (!asked) allocator_.Start(LevelOf(step));
    allocator_.Finish(LevelOf(step), GainOf(step, outcome.fitness));
  }
  Count(step);
  if (step.kind == NodeKind::kTune && place != 0)
    TellTuned(place, outcome);
  else
    TellStructure(step, place, outcome);
}

void TwoLevelSearch::TellTuned(StructureId structure, const Outcome& outcome) {
  told_[outcome.node] = {structure, outcome.parameters, outcome.fitness};
  tuning_.Tell(structure, outcome.parameters, outcome.fitness);
  if (outcome.fitness > tree_[structure].fitness)
    tree_.SetFitness(structure, outcome.node, outcome.fitness);
}

void TwoLevelSearch::TellStructure(const Step& step, StructureId parent,
                                   const Outcome& outcome) {
  const bool fresh =
      step.kind == NodeKind::kDraft || step.kind == NodeKind::kSeed;
  if (fresh) parent = 0;
  const StructureId structure =
      tree_.Add(outcome.node, parent, outcome.fitness);
  told_[outcome.node] = {structure, outcome.parameters, outcome.fitness};
  best_untuned_ = std::max(best_untuned_, outcome.fitness);
  if (options_.tune) tuning_.Add(structure, parent, outcome);
}

void TwoLevelSearch::Abandon(const Step& step) {
  ++report_.abandoned;
  if (step.kind != NodeKind::kTune) tree_.Abandon(PlaceOf(step));
  if (!Initial(step, options_.drafts)) allocator_.Abandon(LevelOf(step));
}

void TwoLevelSearch::Correct(NodeId node, double fitness) {
  const auto found = told_.find(node);
  if (found == told_.end()) return;
  Told& told = found->second;
  told.fitness = fitness;
  tuning_.Tell(told.structure, told.values, fitness);
  RefreshBest(told.structure);
}

void TwoLevelSearch::RefreshBest(StructureId structure) {
  NodeId best_node = 0;
  double best = -1;
  for (const auto& [node, told] : told_) {
    if (told.structure != structure || told.fitness <= best) continue;
    best_node = node;
    best = told.fitness;
  }
  tree_.SetFitness(structure, best_node, best);
}

SearchReport TwoLevelSearch::Report() const {
  SearchReport report = report_;
  report.best_fitness = tree_.best();
  for (StructureId id = 1; id < tree_.size() && report.best == 0; ++id)
    if (tree_[id].fitness > 0 && tree_[id].fitness == tree_.best())
      report.best = tree_[id].best_node;
  report.tune_share = allocator_.TuneShare();
  report.structure_gain =
      100 * std::expm1(allocator_.MeanGain(StepLevel::kStructure));
  report.tune_gain = 100 * std::expm1(allocator_.MeanGain(StepLevel::kTune));
  return report;
}

}  // namespace kernelevolve
