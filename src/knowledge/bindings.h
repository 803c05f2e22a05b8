// What stands where a recipe says ke:bindings.
#pragma once

#include <map>
#include <string>

#include "core/task.h"
#include "knowledge/recipe.h"
#include "knowledge/unify.h"

namespace kernelevolve {

// Option name → value.
using OptionValues = std::map<std::string, std::string>;

// What a ke:tune condition may read besides parameters: the options, TF32 (1
// where the task allows that precision), and REAL_BYTES where the recipe says
// "float".
OptionValues ConditionWords(const Recipe& recipe, const RecipeMatch& match,
                            const OptionValues& options, const Task& task);

// `options` is complete. In the style of the recipe's language.
std::string Bindings(const Recipe& recipe, const RecipeMatch& match,
                     const OptionValues& options, const Task& task);

}  // namespace kernelevolve
