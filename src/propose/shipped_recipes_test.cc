// What is shipped: every recipe parses and can be instantiated with every
// choice of its options, and every task has a recipe of its own.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/task_parser.h"
#include "core/tune.h"
#include "knowledge/instantiate.h"
#include "knowledge/recipe_index.h"
#include "propose/recipe_choice.h"

namespace kernelevolve {
namespace {

fs::path Data() { return *DataFolder(); }

class ShippedRecipes : public testing::Test {
 protected:
  ShippedRecipes() : index_(*RecipeIndex::Load(Data(), "cpp")) {}

  void ExpectInstantiates(const RecipeChoice& choice, const Task& task) const {
    const auto source = Instantiate(*choice.way->recipe, choice.way->match,
                                    choice.options, task);
    ASSERT_TRUE(source) << OriginText(choice) << ": " << source.error().message;
    const auto space = ParseTuneSpace(*source);
    EXPECT_TRUE(space) << OriginText(choice) << ": " << space.error().message;
  }

  const RecipeIndex index_;
};

TEST_F(ShippedRecipes, AllParse) {
  EXPECT_FALSE(index_.recipes().empty());
  for (const std::string& problem : index_.problems()) ADD_FAILURE() << problem;
}

TEST_F(ShippedRecipes, EveryTaskHasOneThatFitsItsPattern) {
  for (const std::string& name : ShippedTaskNames(Data())) {
    const auto task = FindTask(name, Data());
    ASSERT_TRUE(task) << task.error().message;
    if (task->ShapesFor("cpu").empty()) continue;  // never a C++ kernel
    const auto ways = index_.Matches(*task);
    EXPECT_TRUE(std::any_of(ways.begin(), ways.end(), [](const auto& way) {
      return !way.recipe->any_signature;
    })) << name;
  }
}

TEST_F(ShippedRecipes, EveryOptionCombinationInstantiates) {
  for (const std::string& name : ShippedTaskNames(Data())) {
    const auto task = FindTask(name, Data());
    ASSERT_TRUE(task) << task.error().message;
    for (const RankedMatch& way : index_.Matches(*task)) {
      ExpectInstantiates({&way, DefaultOptions(*way.recipe)}, *task);
      for (const RecipeChoice& choice : OptionCombinations(way, 200))
        ExpectInstantiates(choice, *task);
    }
  }
}

}  // namespace
}  // namespace kernelevolve
