#include "knowledge/skills/skill_choice.h"

#include <algorithm>
#include <tuple>

namespace kernelevolve {
namespace {

template <typename T>
bool Holds(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool IsOffered(const Skill& skill, const Situation& situation,
               const SkillUse& use) {
  const bool fits = skill.operator_family == situation.operator_family &&
                    skill.target == situation.target;
  const bool trusted = use.trusted || skill.state == SkillState::kReviewed;
  return fits && trusted && !IsExpired(skill, use.today);
}

// Higher is better.
int Fit(const Document& document, const Situation& situation) {
  constexpr int kError = 4, kPhase = 2, kBottleneck = 1;
  int fit = 0;
  if (situation.error && Holds(document.errors, *situation.error))
    fit += kError;
  if (Holds(document.phases, situation.phase)) fit += kPhase;
  if (Holds(document.bottlenecks, situation.bottleneck)) fit += kBottleneck;
  return fit;
}

}  // namespace

std::vector<const Skill*> ChooseSkills(const SkillIndex& index,
                                       const Situation& situation,
                                       const SkillUse& use, size_t limit) {
  std::vector<const Skill*> chosen;
  for (const Skill& skill : index.skills())
    if (IsOffered(skill, situation, use)) chosen.push_back(&skill);
  // Already in the order of names.
  std::stable_sort(chosen.begin(), chosen.end(),
                   [&](const Skill* a, const Skill* b) {
                     const int fit_a = Fit(a->document, situation);
                     const int fit_b = Fit(b->document, situation);
                     return std::tie(fit_a, a->created) >
                            std::tie(fit_b, b->created);
                   });
  if (chosen.size() > limit) chosen.resize(limit);
  return chosen;
}

}  // namespace kernelevolve
