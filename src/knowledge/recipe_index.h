// RecipeIndex: the recipes of one language, and which of them fit a task.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "core/task.h"
#include "knowledge/recipe.h"
#include "knowledge/unify.h"

namespace kernelevolve {

// One way to apply a recipe to a task.
struct RankedMatch {
  const Recipe* recipe = nullptr;  // owned by the index
  RecipeMatch match;
  double fit = 0;
};

// Immutable once loaded; safe to share between threads.
class RecipeIndex {
 public:
  // Reads data/knowledge/recipes/<language>/*. A malformed recipe is left out
  // and named in problems(); an absent folder is an empty index.
  static Result<RecipeIndex> Load(const fs::path& data,
                                  const std::string& language);
  explicit RecipeIndex(std::vector<Recipe> recipes);

  const std::vector<Recipe>& recipes() const { return recipes_; }
  const std::vector<std::string>& problems() const { return problems_; }
  const Recipe* Find(const std::string& name) const;

  // Best fit first; ties by name, then declared order.
  std::vector<RankedMatch> Matches(const Task& task) const;

 private:
  std::vector<Recipe> recipes_;
  std::set<std::string> vocabulary_;  // every function a recipe expects
  std::vector<std::string> problems_;
};

}  // namespace kernelevolve
