#include "knowledge/recipe_index.h"

#include <gtest/gtest.h>

#include "core/tune.h"
#include "knowledge/fit.h"
#include "knowledge/instantiate.h"
#include "knowledge/testing/tasks.h"

namespace kernelevolve {
namespace {

TEST(Fit, CalledNamesAreIdentifiersBeforeAParenthesis) {
  EXPECT_EQ(CalledNames("y = exp (x) + max(a, b); // log(x)\nfor (;;) size;"),
            (std::set<std::string>{"exp", "max", "for"}));
}

std::string RowRecipe(const std::string& name, const std::string& calls) {
  return "// ke:recipe " + name + "\n// ke:input x f32 [..., C]\n" +
         "// ke:output y f32 [..., C]\n// ke:calls " + calls +
         "\n// ke:bindings\n";
}

class RecipeIndexTest : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempFolder::Create("recipes");
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
    ASSERT_TRUE(MakeFolders(recipes()));
  }
  fs::path recipes() const {
    return folder_->path() / "knowledge" / "recipes" / "cpp";
  }
  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomic(recipes() / name, text));
  }
  RecipeIndex Load() {
    auto index = RecipeIndex::Load(folder_->path(), "cpp");
    EXPECT_TRUE(index);
    return *index;
  }
  std::optional<TempFolder> folder_;
};

TEST_F(RecipeIndexTest, RanksByTheCallsOfTheReference) {
  Write("gelu.cc", RowRecipe("gelu", "erf"));
  Write("relu.cc", RowRecipe("relu", "max"));
  Write("softmax.cc", RowRecipe("softmax", "exp max"));
  Write("any.cc", "// ke:recipe any\n// ke:any-signature\n// ke:reference\n");
  Task task = MakeTask("x f32 r c", "y f32 r c");
  task.reference_cpp = "reference.cc";
  task.files["reference.cc"] = "y = exp(x - max(a, b));";
  std::vector<std::string> order;
  const RecipeIndex index = Load();
  for (const RankedMatch& match : index.Matches(task))
    order.push_back(match.recipe->name);
  EXPECT_EQ(order,
            (std::vector<std::string>{"softmax", "relu", "any", "gelu"}));
}

TEST_F(RecipeIndexTest, TheFamilyBreaksTies) {
  Write("a_map.cc", RowRecipe("a_map", ""));
  Write("z_scan.cc", RowRecipe("z_scan", ""));
  Task task = MakeTask("x f32 n", "y f32 n");
  task.operator_family = "scan";
  const RecipeIndex index = Load();
  EXPECT_EQ(index.Matches(task)[0].recipe->name, "z_scan");
}

TEST_F(RecipeIndexTest, NamesMalformedRecipesAndGoesOn) {
  Write("bad.cc", "// ke:recipe bad\n// ke:nonsense\n");
  Write("good.cc", RowRecipe("good", "exp"));
  Write(".hidden.cc", "junk");
  const RecipeIndex index = Load();
  EXPECT_EQ(index.recipes().size(), 1u);
  ASSERT_EQ(index.problems().size(), 1u);
  EXPECT_NE(index.problems()[0].find("bad.cc:2"), std::string::npos);
}

TEST(RecipeIndexOfOthers, AnAbsentFolderIsAnEmptyIndex) {
  const auto index = RecipeIndex::Load("/nowhere", "cobol");
  ASSERT_TRUE(index);
  EXPECT_TRUE(index->recipes().empty());
}

}  // namespace
}  // namespace kernelevolve
