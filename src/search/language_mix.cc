#include "search/language_mix.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/format.h"
#include "base/random.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

// A step's weight halves after about 23 others: a language's standing changes
// more slowly than what tuning returns.
constexpr double kFade = 0.97;
constexpr double kExploration = 0.6;
// Shares of how a language stands and of what it lately gained, in 0 … 1.
constexpr double kStanding = 0.5, kGaining = 0.5;
// One lucky doubling must not rule the next fifty steps.
constexpr double kMaxGain = 0.35;
// Gains below this are the judge's noise.
constexpr double kScaleFloor = 0.002;

double Gained(const LanguageMix::Arm& arm) {
  return arm.steps > 0 ? arm.gain / arm.steps : 0;
}

double Load(const LanguageMix::Arm& arm) { return arm.steps + arm.in_flight; }

}  // namespace

LanguageMix::LanguageMix(const SearchOptions& options, std::vector<Arm> arms)
    : options_(options), arms_(std::move(arms)) {
  CHECK(!arms_.empty());
}

std::optional<size_t> LanguageMix::NextToDraft() const {
  std::optional<size_t> next;
  for (size_t i = 0; i < arms_.size(); ++i)
    if (arms_[i].drafting && arms_[i].drafts < options_.drafts &&
        (!next || arms_[i].drafts < arms_[*next].drafts))
      next = i;
  return next;
}

double LanguageMix::Score(const Arm& arm) const {
  if (Load(arm) <= 0) return HUGE_VAL;
  double total = 0, best = 0, scale = kScaleFloor;
  for (const Arm& each : arms_) {
    total += Load(each);
    best = std::max(best, each.best);
    scale = std::max(scale, Gained(each));
  }
  const double standing = best > 0 ? arm.best / best : 0;
  return kStanding * standing + kGaining * Gained(arm) / scale +
         kExploration * std::sqrt(std::log(1 + total) / Load(arm));
}

std::vector<size_t> LanguageMix::ByScore() const {
  std::vector<std::pair<double, size_t>> scored;
  for (size_t i = 0; i < arms_.size(); ++i)
    scored.push_back({-Score(arms_[i]), i});
  std::sort(scored.begin(), scored.end());
  std::vector<size_t> order;
  for (const auto& [score, arm] : scored) order.push_back(arm);
  return order;
}

bool LanguageMix::Counts(const Step& step) const {
  return step.kind != NodeKind::kSeed &&
         !(step.kind == NodeKind::kDraft && step.draft_index < options_.drafts);
}

std::optional<Step> LanguageMix::AskArm(size_t index) {
  Arm& arm = arms_[index];
  const std::optional<Step> inner = arm.search->Ask();
  if (!inner) return std::nullopt;
  const bool counts = Counts(*inner);
  if (counts)
    ++arm.in_flight;
  else
    ++arm.drafts;
  Step step = *inner;
  step.ticket = next_ticket_++;
  step.language = arm.language;
  asked_[step.ticket] = {index, *inner, counts};
  return step;
}

std::optional<Step> LanguageMix::Ask() {
  while (const auto drafter = NextToDraft()) {
    const std::optional<Step> step = AskArm(*drafter);
    // Its recipes are used up before its drafts are.
    if (!step || Counts(*step)) arms_[*drafter].drafting = false;
    if (step) return step;
  }
  for (const size_t arm : ByScore())
    if (const auto step = AskArm(arm)) return step;
  return std::nullopt;
}

size_t LanguageMix::ArmOf(const std::string& language) const {
  for (size_t i = 0; i < arms_.size(); ++i)
    if (arms_[i].language == language) return i;
  return 0;
}

void LanguageMix::Learn(Arm& arm, double fitness) {
  for (Arm& each : arms_) {
    each.steps *= kFade;
    each.gain *= kFade;
  }
  arm.steps += 1;
  if (arm.best > 0 && fitness > arm.best)
    arm.gain += std::min(std::log(fitness / arm.best), kMaxGain);
}

void LanguageMix::Tell(const Step& step, const Outcome& outcome) {
  const auto asked = asked_.extract(step.ticket);
  const size_t index =
      asked.empty() ? ArmOf(step.language) : asked.mapped().arm;
  Arm& arm = arms_[index];
  if (!asked.empty() && asked.mapped().counts) --arm.in_flight;
  if (asked.empty() && step.kind == NodeKind::kDraft && !Counts(step))
    ++arm.drafts;
  if (Counts(step)) Learn(arm, outcome.fitness);
  arm.best = std::max(arm.best, outcome.fitness);
  arm_of_[outcome.node] = index;
  arm.search->Tell(asked.empty() ? step : asked.mapped().inner, outcome);
}

void LanguageMix::Abandon(const Step& step) {
  const auto asked = asked_.extract(step.ticket);
  CHECK(!asked.empty());
  Arm& arm = arms_[asked.mapped().arm];
  if (asked.mapped().counts) --arm.in_flight;
  arm.search->Abandon(asked.mapped().inner);
}

void LanguageMix::Correct(NodeId node, double fitness) {
  const auto arm = arm_of_.find(node);
  if (arm != arm_of_.end()) arms_[arm->second].search->Correct(node, fitness);
}

SearchReport LanguageMix::Report() const {
  SearchReport report;
  std::vector<std::string> languages;
  double shares = 0;
  for (const Arm& arm : arms_) {
    const SearchReport part = arm.search->Report();
    languages.push_back(arm.language);
    report.drafts += part.drafts;
    report.expansions += part.expansions;
    report.tunings += part.tunings;
    report.abandoned += part.abandoned;
    shares += part.tune_share;
    report.structure_gain = std::max(report.structure_gain, part.structure_gain);
    report.tune_gain = std::max(report.tune_gain, part.tune_gain);
    if (part.best_fitness <= report.best_fitness) continue;
    report.best = part.best;
    report.best_fitness = part.best_fitness;
  }
  report.policy =
      format("{} over {}", options_.policy, Join(languages, " and "));
  report.tune_share = shares / static_cast<double>(arms_.size());
  return report;
}

Result<std::unique_ptr<Search>> MakeSearch(
    const SearchOptions& options, const std::vector<std::string>& languages) {
  if (languages.size() <= 1) return MakeSearch(options);
  std::vector<LanguageMix::Arm> arms;
  for (const std::string& language : languages) {
    SearchOptions own = options;
    own.seed = MixBits(options.seed ^ MixBits(arms.size()));
    LanguageMix::Arm arm;
    arm.language = language;
    ASSIGN_OR_RETURN(arm.search, MakeSearch(own));
    arms.push_back(std::move(arm));
  }
  return std::make_unique<LanguageMix>(options, std::move(arms));
}

}  // namespace kernelevolve
