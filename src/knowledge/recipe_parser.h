// Recipe files → Recipe.
#pragma once

#include <string_view>

#include "base/result.h"
#include "knowledge/recipe.h"

namespace kernelevolve {

// kBadInput names `file`, line and what was expected.
Result<Recipe> ParseRecipe(std::string_view text, const std::string& file,
                           const std::string& language);

}  // namespace kernelevolve
