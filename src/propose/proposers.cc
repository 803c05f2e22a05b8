#include "propose/proposers.h"

#include "base/format.h"
#include "base/text.h"
#include "propose/llm/author.h"
#include "propose/mixed_proposer.h"
#include "propose/recipe_proposer.h"

namespace kernelevolve {
namespace {

using Made = Result<std::unique_ptr<Proposer>>;

Made MakeRecipes(const ProposerOptions& options, const Target& target) {
  ASSIGN_OR_RETURN(RecipeIndex index,
                   RecipeIndex::Load(options.data, target.language));
  return std::make_unique<RecipeProposer>(std::move(index));
}

Made MakeModel(const ProposerOptions& options, const Target& target) {
  return MakeAuthor(
      options.author,
      {options.data, options.device_facts, options.earlier, options.clock},
      target);
}

Made MakeMixed(const ProposerOptions& options, const Target& target) {
  ASSIGN_OR_RETURN(std::unique_ptr<Proposer> recipes,
                   MakeRecipes(options, target));
  ASSIGN_OR_RETURN(std::unique_ptr<Proposer> model, MakeModel(options, target));
  return std::make_unique<MixedProposer>(std::move(recipes), std::move(model));
}

struct Entry {
  const char* name;
  Made (*make)(const ProposerOptions&, const Target&);
};
constexpr Entry kProposers[] = {
    {"recipes", MakeRecipes}, {"llm", MakeModel}, {"mixed", MakeMixed}};

}  // namespace

std::vector<std::string> ProposerNames() {
  std::vector<std::string> names;
  for (const Entry& entry : kProposers) names.emplace_back(entry.name);
  return names;
}

Result<std::unique_ptr<Proposer>> MakeProposer(const ProposerOptions& options,
                                               const Target& target) {
  for (const Entry& entry : kProposers)
    if (options.name == entry.name) return entry.make(options, target);
  return BadInput(format("unknown proposer \"{}\"; known: {}",
                         Sanitize(options.name, 64),
                         Join(ProposerNames(), ", ")));
}

}  // namespace kernelevolve
