#include "worker/judge/nudges.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace kernelevolve::worker {
namespace {

constexpr int kWanted = 8;     // of all inputs together, and
constexpr int kOfEach = 4;     // of each
constexpr int kOfEachConstant = 2;  // whose cases are prepared anew
constexpr int kMostTries = 20;  // of each input, at a shape
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
  // The product of all counts: where one input has thousands and another a dozen, who
  // looks at a dozen of each has seen the whole of that one.
  const auto count = [&](const ShapeCase& shape) {
    double elements = 0;
    for (const TensorSpec& input : task.inputs)
      if (CanNudge(input))
        elements += std::log2(1.0 + static_cast<double>(ElementCount(input, shape)));
    return elements;
  };
  std::ranges::stable_sort(shapes, std::greater(), count);
  if (shapes.size() > kMostShapes) shapes.resize(kMostShapes);
  return shapes;
}

// Constant inputs that differ in an element from those of `base`, whose answer this
// is: each a preparation of its own.
Status AddNudgedConstants(const Task& task, const InputCase& base,
                          const Expected& answer, const AnswerOf& answer_of,
                          std::vector<InputCase>& cases) {
  const auto able = std::ranges::count_if(task.inputs, CanNudgeConstant);
  std::vector<int> found(static_cast<size_t>(able), 0);
  InputCase one = base;
  one.nudged_constants = 1;
  for (int i = 0; i < kMostTries * able; ++i) {
    one.nudge_trial = i;
    int& of_this = found[static_cast<size_t>(i % able)];
    if (of_this == kOfEachConstant) continue;
    ASSIGN_OR_RETURN(const auto nudged, answer_of(one));
    if (!Differ(answer, *nudged)) continue;
    cases.push_back(one);
    ++of_this;
  }
  return {};
}

}  // namespace

Result<std::vector<InputCase>> TellingNudges(const Task& task,
                                             std::vector<ShapeCase> shapes,
                                             const AnswerOf& answer_of) {
  std::vector<InputCase> cases;
  const auto able = std::ranges::count_if(task.inputs, CanNudge);
  if (able + std::ranges::count_if(task.inputs, CanNudgeConstant) == 0 || shapes.empty())
    return cases;
  std::optional<InputCase> first;
  std::shared_ptr<const Expected> first_answer;
  std::vector<int> found(static_cast<size_t>(able), 0);
  const auto of_each =
      std::max<int>(kOfEach, kWanted / std::max(1, static_cast<int>(able)));
  const auto enough = [&](int count) { return count >= of_each; };
  int trial = 0;
  for (const ShapeCase& shape : WithMostToChange(task, std::move(shapes))) {
    if (first && std::ranges::all_of(found, enough)) break;
    InputCase one{shape, InputFamily::kDeclared, 1};
    ASSIGN_OR_RETURN(const auto base, answer_of(one));
    cases.push_back(one);
    if (!first) {
      first = one;
      first_answer = base;
    }
    one.nudged_elements = 1;
    for (int i = 0; i < kMostTries * able && !std::ranges::all_of(found, enough); ++i) {
      one.nudge_trial = ++trial;  // goes on from shape to shape: inputs take turns
      int& of_this = found[static_cast<size_t>(trial % able)];
      if (enough(of_this)) continue;
      ASSIGN_OR_RETURN(const auto nudged, answer_of(one));
      if (!Differ(*base, *nudged)) continue;
      cases.push_back(one);
      ++of_this;
    }
  }
  if (first)
    RETURN_IF_ERROR(AddNudgedConstants(task, *first, *first_answer, answer_of, cases));
  return cases;
}

}  // namespace kernelevolve::worker
