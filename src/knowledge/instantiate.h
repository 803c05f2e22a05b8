// A recipe and a match → the source of a candidate.
#pragma once

#include <map>
#include <string>

#include "core/task.h"
#include "knowledge/recipe.h"
#include "knowledge/unify.h"

namespace kernelevolve {

// Option name → value; absent ones take their default.
using OptionValues = std::map<std::string, std::string>;

OptionValues DefaultOptions(const Recipe& recipe);

// The bindings and the options' #defines stand where ke:bindings stood, the
// task's reference where ke:reference stood. A ke:tune condition may read
// options: they are put in as numbers, and where the written defaults then
// violate it, the nearest values that do not become the defaults.
// kBadInput: an option or value the recipe does not have; no parameter values
// are admissible under these options.
Result<std::string> Instantiate(const Recipe& recipe, const RecipeMatch& match,
                                const OptionValues& options, const Task& task);

}  // namespace kernelevolve
