#include "propose/proposers.h"

#include "base/format.h"
#include "base/text.h"
#include "propose/language_proposers.h"
#include "propose/llm/author.h"
#include "propose/mixed_proposer.h"
#include "propose/recipe_proposer.h"

namespace kernelevolve {
namespace {

using Made = Result<std::unique_ptr<Proposer>>;

Made MakeRecipesOf(const std::string& language, const fs::path& data) {
  ASSIGN_OR_RETURN(RecipeIndex index, RecipeIndex::Load(data, language));
  return std::make_unique<RecipeProposer>(std::move(index));
}

Made MakeRecipes(const ProposerOptions& options, const TargetSet& targets) {
  if (!targets.several())
    return MakeRecipesOf(targets.first().language, options.data);
  LanguageProposers::Parts parts;
  for (const std::string& language : targets.Languages()) {
    ASSIGN_OR_RETURN(parts[language], MakeRecipesOf(language, options.data));
  }
  return std::make_unique<LanguageProposers>(std::move(parts));
}

Made MakeModel(const ProposerOptions& options, const TargetSet& targets) {
  return MakeAuthor(
      options.author,
      {options.data, options.device_facts, options.earlier, options.clock},
      targets);
}

Made MakeMixed(const ProposerOptions& options, const TargetSet& targets) {
  ASSIGN_OR_RETURN(std::unique_ptr<Proposer> recipes,
                   MakeRecipes(options, targets));
  ASSIGN_OR_RETURN(std::unique_ptr<Proposer> model,
                   MakeModel(options, targets));
  return std::make_unique<MixedProposer>(std::move(recipes), std::move(model));
}

struct Entry {
  const char* name;
  Made (*make)(const ProposerOptions&, const TargetSet&);
  bool model;  // asks one
};
constexpr Entry kProposers[] = {{"recipes", MakeRecipes, false},
                                {"llm", MakeModel, true},
                                {"mixed", MakeMixed, true}};

Result<const Entry*> FindEntry(const std::string& wanted) {
  for (const Entry& entry : kProposers)
    if (wanted == entry.name) return &entry;
  return BadInput(format("unknown proposer \"{}\"; known: {}",
                         Sanitize(wanted, 64), Join(ProposerNames(), ", ")));
}

Status CheckNoCap(const AuthorOptions& author) {
  if (!author.dollars && !author.tokens) return {};
  return BadInput(format("{} caps what a model may use, and this run has none: "
                         "give --model, or leave it out",
                         author.dollars ? "--dollars" : "--tokens"));
}

}  // namespace

std::vector<std::string> ProposerNames() {
  std::vector<std::string> names;
  for (const Entry& entry : kProposers) names.emplace_back(entry.name);
  return names;
}

Status CheckProposer(const ProposerOptions& options) {
  ASSIGN_OR_RETURN(const Entry* entry, FindEntry(options.name));
  return entry->model ? CheckAuthor(options.author, options.data)
                      : CheckNoCap(options.author);
}

Result<std::unique_ptr<Proposer>> MakeProposer(const ProposerOptions& options,
                                               const TargetSet& targets) {
  ASSIGN_OR_RETURN(const Entry* entry, FindEntry(options.name));
  return entry->make(options, targets);
}

}  // namespace kernelevolve
