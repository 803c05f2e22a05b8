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

// Each further way to read one signature is the less likely one.
constexpr double kNextMatch = 0.85;
// Equal names are a hint, so small that calls outweigh it.
constexpr double kNameBonus = 0.05;

template <typename Named>
int SameNames(const std::vector<RecipeTensor>& recipe,
              const std::vector<Named>& task, const std::vector<int>& matched) {
  int same = 0;
  for (size_t i = 0; i < matched.size(); ++i)
    same += recipe[i].name == task[static_cast<size_t>(matched[i])].name;
  return same;
}

// Share of tensors that are named as in the recipe.
double NameAgreement(const Recipe& recipe, const RecipeMatch& match,
                     const Task& task) {
  const size_t tensors = match.inputs.size() + match.outputs.size();
  if (tensors == 0) return 0;
  return static_cast<double>(
             SameNames(recipe.inputs, task.inputs, match.inputs) +
             SameNames(recipe.outputs, task.outputs, match.outputs)) /
         static_cast<double>(tensors);
}

void SortByFit(std::vector<RankedMatch>& ranked) {
  std::stable_sort(
      ranked.begin(), ranked.end(),
      [](const RankedMatch& a, const RankedMatch& b) { return a.fit > b.fit; });
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
      problems.push_back(
          format("{}: the recipe is named {}", file.string(), recipe->name));
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
    std::vector<RankedMatch> ways;
    for (RecipeMatch& match : Unify(recipe, task, samples)) {
      const double names = NameAgreement(recipe, match, task);
      ways.push_back({&recipe, std::move(match), fit + kNameBonus * names});
    }
    SortByFit(ways);
    double discount = 1;
    for (RankedMatch& way : ways) {
      way.fit *= discount;
      discount *= kNextMatch;
      ranked.push_back(std::move(way));
    }
  }
  SortByFit(ranked);
  return ranked;
}

}  // namespace kernelevolve
