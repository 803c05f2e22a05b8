// A recipe and a match → the source of a candidate.
#pragma once

#include <string>

#include "core/task.h"
#include "knowledge/bindings.h"
#include "knowledge/recipe.h"
#include "knowledge/unify.h"

namespace kernelevolve {

OptionValues DefaultOptions(const Recipe& recipe);

// Absent options take their default. The bindings (knowledge/bindings.h) stand
// where ke:bindings stood, the task's reference where ke:reference stood. A
// ke:tune condition may read options, REAL_BYTES and TF32: they are put in as
// numbers, and where the written defaults then violate it, the nearest values
// that do not become the defaults.
// kBadInput: an option or value the recipe does not have; no parameter values
// are admissible under these options.
Result<std::string> Instantiate(const Recipe& recipe, const RecipeMatch& match,
                                const OptionValues& options, const Task& task);

}  // namespace kernelevolve
