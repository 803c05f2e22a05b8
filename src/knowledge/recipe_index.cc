#include "knowledge/recipe_index.h"

#include <algorithm>

#include "base/format.h"
#include "knowledge/fit.h"
#include "knowledge/recipe_parser.h"

namespace kernelevolve {
namespace {

// In order of name, so that nothing depends on the file system.
std::vector<fs::path> FilesIn(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    const bool hidden = it->path().filename().string().starts_with('.');
    if (!hidden && it->is_regular_file(error)) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

RecipeIndex::RecipeIndex(std::vector<Recipe> recipes)
    : recipes_(std::move(recipes)) {
  for (const Recipe& recipe : recipes_)
    vocabulary_.insert(recipe.calls.begin(), recipe.calls.end());
}

Result<RecipeIndex> RecipeIndex::Load(const fs::path& data,
                                      const std::string& language) {
  std::vector<Recipe> recipes;
  std::vector<std::string> problems;
  for (const fs::path& file :
       FilesIn(data / "knowledge" / "recipes" / language)) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
    Result<Recipe> recipe = ParseRecipe(text, file.string(), language);
    if (!recipe) {
      problems.push_back(recipe.error().message);
      continue;
    }
    if (recipe->name != file.stem().string())
      problems.push_back(format("{}: the recipe is named {}", file.string(),
                                recipe->name));
    recipes.push_back(std::move(*recipe));
  }
  RecipeIndex index(std::move(recipes));
  index.problems_ = std::move(problems);
  return index;
}

const Recipe* RecipeIndex::Find(const std::string& name) const {
  for (const Recipe& recipe : recipes_)
    if (recipe.name == name) return &recipe;
  return nullptr;
}

std::vector<RankedMatch> RecipeIndex::Matches(const Task& task) const {
  const auto reference = task.files.find(task.reference_cpp);
  const std::set<std::string> called =
      CalledNames(reference == task.files.end() ? "" : reference->second);
  const DimSamples samples(task);
  std::vector<RankedMatch> ranked;
  for (const Recipe& recipe : recipes_) {
    const double fit = Fit(recipe, task, called, vocabulary_);
    for (RecipeMatch& match : Unify(recipe, task, samples))
      ranked.push_back({&recipe, std::move(match), fit});
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const RankedMatch& a, const RankedMatch& b) {
                     return a.fit > b.fit;
                   });
  return ranked;
}

}  // namespace kernelevolve
