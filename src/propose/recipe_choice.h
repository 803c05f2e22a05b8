// RecipeChoice: one recipe, one way to bind it, one value per structure option;
// and the text under which a node's origin keeps it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "knowledge/instantiate.h"
#include "knowledge/recipe_index.h"

namespace kernelevolve {

struct RecipeChoice {
  const RankedMatch* way = nullptr;
  OptionValues options;  // complete
};

// "recipe softmax_staged inputs 0 outputs 0 DIVIDE=0 STREAM=1"
std::string OriginText(const RecipeChoice& choice);

// The choice a node was made from, if it was made from one of `ways`.
std::optional<RecipeChoice> ParseOrigin(std::string_view origin,
                                        const std::vector<RankedMatch>& ways);

// All choices that differ from `choice` in one option, in declared order.
std::vector<RecipeChoice> SingleMutations(const RecipeChoice& choice);

// The option values of a way by distance from the defaults: those with one
// option changed, then two, …; at most `limit`, the defaults left out.
std::vector<RecipeChoice> OptionCombinations(const RankedMatch& way,
                                             size_t limit);

// "STREAM 1 → 0", or what else tells `made` from `parent`.
std::string DescribeChange(const RecipeChoice& parent,
                           const RecipeChoice& made);

}  // namespace kernelevolve
