#include "search/testing/random_search.h"

namespace kernelevolve {

std::optional<Step> RandomSearch::Ask() {
  Step step;
  step.ticket = ++tickets_;
  step.seed = random_.Next();
  const uint64_t kind = working_.empty() ? 0 : random_.Below(3);
  if (drafts_ < options_.drafts || kind == 0) {
    step.draft_index = drafts_++;
    return step;
  }
  const Outcome& parent = working_[random_.Below(working_.size())];
  step.parent = parent.node;
  step.kind = kind == 1 ? NodeKind::kExpand : NodeKind::kTune;
  if (step.kind == NodeKind::kTune)
    step.parameters = RandomValues(parent.space);
  return step;
}

ParameterValues RandomSearch::RandomValues(const TuneSpace& space) {
  ParameterValues values;
  do {
    for (const TuneParameter& parameter : space.parameters)
      values[parameter.name] =
          parameter.values[random_.Below(parameter.values.size())];
  } while (!space.Admits(values));
  return values;
}

void RandomSearch::Tell(const Step& step, const Outcome& outcome) {
  if (outcome.fitness > 0) working_.push_back(outcome);
  if (step.kind == NodeKind::kTune)
    ++report_.tunings;
  else if (step.kind == NodeKind::kExpand)
    ++report_.expansions;
  else
    ++report_.drafts;
}

}  // namespace kernelevolve
