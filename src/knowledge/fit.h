// How well a recipe seems to suit a task: decides the order of drafts only. The
// judge decides whether it does.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "core/task.h"
#include "knowledge/recipe.h"

namespace kernelevolve {

// Names that C++ source calls: identifiers before a "(", comments left out.
std::set<std::string> CalledNames(std::string_view source);

// In [0, 1.1]. `called` is what the task's reference calls, `vocabulary` every
// function that any recipe names.
double Fit(const Recipe& recipe, const Task& task,
           const std::set<std::string>& called,
           const std::set<std::string>& vocabulary);

}  // namespace kernelevolve
