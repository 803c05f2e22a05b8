#include "worker/judge/nudges.h"

#include <algorithm>

namespace kernelevolve::worker {
namespace {

constexpr int kWanted = 4, kMostTries = 12;
constexpr size_t kMostShapes = 2;

// Whether some element of the two answers differs by more than a kernel may err.
bool Differ(const Expected& one, const Expected& other) {
  for (size_t i = 0; i < one.outputs.size(); ++i) {
    ExpectedOutput both = one.outputs[i];
    both.second = other.outputs[i].exact;
    both.second_integers = other.outputs[i].integers;
    if (Disputed(both)) return true;
  }
  return false;
}

std::vector<ShapeCase> WithMostToChange(const Task& task,
                                        std::vector<ShapeCase> shapes) {
  const auto count = [&](const ShapeCase& shape) {
    int64_t elements = 0;
    for (const TensorSpec& input : task.inputs)
      if (CanNudge(input)) elements += ElementCount(input, shape);
    return elements;
  };
  std::ranges::stable_sort(shapes, std::greater(), count);
  if (shapes.size() > kMostShapes) shapes.resize(kMostShapes);
  return shapes;
}

}  // namespace

Result<std::vector<InputCase>> TellingNudges(const Task& task,
                                             std::vector<ShapeCase> shapes,
                                             const AnswerOf& answer_of) {
  std::vector<InputCase> cases;
  if (std::ranges::none_of(task.inputs, CanNudge)) return cases;
  int found = 0, trial = 0;
  for (const ShapeCase& shape : WithMostToChange(task, std::move(shapes))) {
    if (found >= kWanted) break;
    InputCase one{shape, InputFamily::kDeclared, 1};
    ASSIGN_OR_RETURN(const auto base, answer_of(one));
    cases.push_back(one);
    one.nudged_elements = 1;
    for (int i = 0; i < kMostTries && found < kWanted; ++i) {
      one.nudge_trial = ++trial;  // goes on from shape to shape: inputs take turns
      ASSIGN_OR_RETURN(const auto nudged, answer_of(one));
      if (!Differ(*base, *nudged)) continue;
      cases.push_back(one);
      ++found;
    }
  }
  return cases;
}

}  // namespace kernelevolve::worker
