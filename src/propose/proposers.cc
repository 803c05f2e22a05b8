#include "propose/proposers.h"

#include "base/format.h"
#include "base/text.h"
#include "propose/recipe_proposer.h"

namespace kernelevolve {

std::vector<std::string> ProposerNames() { return {"recipes"}; }

Result<std::unique_ptr<Proposer>> MakeProposer(const ProposerOptions& options,
                                               const Target& target) {
  if (options.name == "recipes") {
    ASSIGN_OR_RETURN(RecipeIndex index,
                     RecipeIndex::Load(options.data, target.language));
    return std::make_unique<RecipeProposer>(std::move(index));
  }
  return BadInput(format("unknown proposer \"{}\"; known: {}",
                         Sanitize(options.name, 64),
                         Join(ProposerNames(), ", ")));
}

}  // namespace kernelevolve
