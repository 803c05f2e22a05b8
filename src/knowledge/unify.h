// Unification of a recipe's signature with a task's: which of the task's
// tensors and attributes play which part. Names decide nothing for tensors.
#pragma once

#include <vector>

#include "core/task.h"
#include "knowledge/dim_samples.h"
#include "knowledge/recipe.h"

namespace kernelevolve {

// inputs[i] is the index of the task's input that plays the recipe's i-th, and
// likewise for outputs and attributes.
struct RecipeMatch {
  std::vector<int> inputs, outputs, attributes;

  bool operator==(const RecipeMatch&) const = default;
};

// Assignments tried at most, and so matches returned.
inline constexpr int kMaxMatches = 24;

// Every task tensor is used exactly once. The declared order comes first.
std::vector<RecipeMatch> Unify(const Recipe& recipe, const Task& task,
                               const DimSamples& samples);

}  // namespace kernelevolve
