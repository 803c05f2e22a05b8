#include "propose/llm/recipe_examples.h"

#include <gtest/gtest.h>

#include "knowledge/recipe_parser.h"
#include "knowledge/testing/tasks.h"

namespace kernelevolve {
namespace {

Recipe RowRecipe(const std::string& name, const std::string& calls) {
  const auto recipe = ParseRecipe(
      "// ke:recipe " + name + "\n// ke:summary of " + name +
          "\n// ke:input x f32 [..., C]\n// ke:output y f32 [..., C]\n"
          "// ke:calls " +
          calls + "\n// ke:option A in {3, 4}\n// ke:bindings\n",
      name, "cpp");
  EXPECT_TRUE(recipe) << recipe.error().message;
  return *recipe;
}

class RecipeExamplesTest : public testing::Test {
 protected:
  RecipeExamplesTest() : task_(MakeTask("x f32 r c", "y f32 r c")) {
    task_.reference_cpp = "reference.cc";
    task_.files["reference.cc"] = "y = exp(x);";
    request_.task = &task_;
    request_.target = &target_;
  }

  std::string TitleFor(int draft) {
    request_.draft_index = draft;
    const auto example = examples_.For(request_);
    return example ? example->title : "";
  }

  Task task_;
  Target target_;
  ProposalRequest request_;
  const RecipeExamples examples_{
      RecipeIndex({RowRecipe("alpha", "exp"), RowRecipe("beta", "exp")})};
};

TEST_F(RecipeExamplesTest, EverySecondDraftGetsAnother) {
  EXPECT_EQ(TitleFor(0), "");
  EXPECT_EQ(TitleFor(1), "alpha: of alpha");
  EXPECT_EQ(TitleFor(2), "");
  EXPECT_EQ(TitleFor(3), "beta: of beta");
  EXPECT_EQ(TitleFor(4), "");
  EXPECT_EQ(TitleFor(5), "");
}

TEST_F(RecipeExamplesTest, TheExampleIsTheRecipeForThisTask) {
  request_.draft_index = 1;
  const auto example = examples_.For(request_);
  ASSERT_TRUE(example);
  EXPECT_EQ(example->language, "cpp");
  EXPECT_NE(example->source.find("#define A 3"), std::string::npos)
      << example->source;
}

TEST_F(RecipeExamplesTest, ExpansionsHaveAKernelAlready) {
  request_.kind = NodeKind::kExpand;
  EXPECT_EQ(TitleFor(1), "");
}

}  // namespace
}  // namespace kernelevolve
