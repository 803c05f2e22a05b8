// What is shipped for GPUs: every recipe parses, and its defaults instantiate
// for every task that it fits, in each dtype that it may meet.
#include <gtest/gtest.h>

#include <set>

#include "core/task_parser.h"
#include "core/tune.h"
#include "knowledge/instantiate.h"
#include "knowledge/recipe_index.h"

namespace kernelevolve {
namespace {

fs::path Data() { return *DataFolder(); }

Task Retyped(Task task, DType dtype) {
  for (auto* tensors : {&task.inputs, &task.outputs})
    for (TensorSpec& tensor : *tensors)
      if (tensor.dtype == DType::kF32) tensor.dtype = dtype;
  return task;
}

class ShippedGpuRecipes : public testing::TestWithParam<const char*> {
 protected:
  ShippedGpuRecipes() : index_(*RecipeIndex::Load(Data(), GetParam())) {}

  void ExpectDefaults(const Task& task, std::set<std::string>& used) const {
    for (const RankedMatch& way : index_.Matches(task)) {
      const auto source = Instantiate(*way.recipe, way.match,
                                      DefaultOptions(*way.recipe), task);
      ASSERT_TRUE(source) << way.recipe->name << ": "
                          << source.error().message;
      EXPECT_TRUE(ParseTuneSpace(*source)) << way.recipe->name;
      EXPECT_EQ(source->find("ke:bindings"), std::string::npos);
      used.insert(way.recipe->name);
    }
  }

  const RecipeIndex index_;
};

TEST_P(ShippedGpuRecipes, AllParse) {
  EXPECT_FALSE(index_.recipes().empty());
  for (const std::string& problem : index_.problems()) ADD_FAILURE() << problem;
}

TEST_P(ShippedGpuRecipes, DefaultsInstantiateInEveryDType) {
  std::set<std::string> used;
  for (const std::string& name : ShippedTaskNames(Data())) {
    const auto task = FindTask(name, Data());
    ASSERT_TRUE(task) << task.error().message;
    for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16})
      ExpectDefaults(Retyped(*task, dtype), used);
  }
  // Some recipes wait for tasks of people, but not most of them.
  EXPECT_GT(used.size() * 2, index_.recipes().size());
}

INSTANTIATE_TEST_SUITE_P(Languages, ShippedGpuRecipes,
                         testing::Values("triton", "cuda"));

}  // namespace
}  // namespace kernelevolve
