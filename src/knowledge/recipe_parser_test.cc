#include "knowledge/recipe_parser.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

constexpr std::string_view kRecipe = R"(// ke:recipe jagged
// ke:summary sums of lists
// ke:input values f32 [..., max(T, 1), 2 * R]
// ke:input offsets i64 [B + 1] offsets sorted
// ke:output sums f32 [B]
// ke:attribute eps
// ke:calls exp max
// ke:option ROWS in {1, 2, 4}
// ke:tune UNROLL = 4 in {1, 2, 4}
// Why: a comment stays.
#include <kernelevolve/abi.h>
// ke:bindings
int x;
)";

Result<Recipe> Parse(std::string_view text) {
  return ParseRecipe(text, "r.cc", "cpp");
}

TEST(RecipeParser, ReadsEveryDirective) {
  const auto recipe = Parse(kRecipe);
  ASSERT_TRUE(recipe) << recipe.error().message;
  EXPECT_EQ(recipe->name, "jagged");
  EXPECT_EQ(recipe->summary, "sums of lists");
  ASSERT_EQ(recipe->inputs.size(), 2u);
  EXPECT_TRUE(recipe->inputs[0].leading);
  ASSERT_EQ(recipe->inputs[0].shape.size(), 2u);
  EXPECT_EQ(recipe->inputs[0].shape[0].text(), "max(T, 1)");
  EXPECT_EQ(recipe->inputs[1].dtype, DType::kI64);
  EXPECT_EQ(recipe->inputs[1].tags,
            (std::vector{RecipeTag::kOffsets, RecipeTag::kSorted}));
  EXPECT_EQ(recipe->outputs[0].name, "sums");
  EXPECT_EQ(recipe->attributes, std::vector<std::string>{"eps"});
  EXPECT_EQ(recipe->calls, (std::vector<std::string>{"exp", "max"}));
  EXPECT_EQ(recipe->options[0].values,
            (std::vector<std::string>{"1", "2", "4"}));
  EXPECT_EQ(recipe->body,
            "// ke:tune UNROLL = 4 in {1, 2, 4}\n// Why: a comment stays.\n"
            "#include <kernelevolve/abi.h>\n// ke:bindings\nint x;\n");
}

TEST(RecipeParser, ReadsScalarsAndAllLeading) {
  const auto recipe = Parse(
      "// ke:recipe r\n// ke:input s f32 []\n// ke:input x f32 [...]\n"
      "// ke:output y f32 [...]\n// ke:bindings\n");
  ASSERT_TRUE(recipe);
  EXPECT_FALSE(recipe->inputs[0].leading);
  EXPECT_TRUE(recipe->inputs[0].shape.empty());
  EXPECT_TRUE(recipe->inputs[1].leading);
}

TEST(RecipeParser, FloatStandsForAnyFloatingDType) {
  const auto recipe = Parse(
      "// ke:recipe r\n// ke:input x float [N]\n// ke:output y float [N]\n"
      "// ke:bindings\n");
  ASSERT_TRUE(recipe) << recipe.error().message;
  EXPECT_FALSE(recipe->inputs[0].dtype);
  EXPECT_FALSE(recipe->outputs[0].dtype);
}

TEST(RecipeParser, DirectivesStandInTheCommentsOfTheLanguage) {
  const std::string text =
      "# ke:recipe r\n# ke:output y f32 [N]\n# ke:option A in {1, 2}\n"
      "# ke:bindings\ny = 7 // A\n";
  const auto python = ParseRecipe(text, "r.py", "triton");
  ASSERT_TRUE(python) << python.error().message;
  EXPECT_EQ(python->options.size(), 1u);
  EXPECT_EQ(python->body, "# ke:bindings\ny = 7 // A\n");
  EXPECT_FALSE(ParseRecipe(text, "r.cc", "cpp"));
}

TEST(RecipeParser, NamesTheLineOfAMistake) {
  const auto mistake = [](std::string_view line) {
    return Parse("// ke:recipe r\n" + std::string(line) + "\n").error().message;
  };
  EXPECT_EQ(mistake("// ke:inptu x f32 [N]"),
            "r.cc:2: unknown directive ke:inptu");
  EXPECT_NE(mistake("// ke:input x real [N]").find("found dtype real"),
            std::string::npos);
  EXPECT_NE(mistake("// ke:input x f32 N").find("expected NAME DTYPE"),
            std::string::npos);
  EXPECT_NE(mistake("// ke:output y f32 [N] sorted").find("found tag sorted"),
            std::string::npos);
  EXPECT_NE(mistake("// ke:option A in {1, 1}").find("values that differ"),
            std::string::npos);
  EXPECT_NE(mistake("// ke:option A = 1").find("expected NAME in"),
            std::string::npos);
}

TEST(RecipeParser, RefusesAnIncompleteRecipe) {
  EXPECT_FALSE(Parse("// ke:output y f32 [N]\n// ke:bindings\n"));
  EXPECT_FALSE(Parse("// ke:recipe r\n// ke:bindings\n"));
  EXPECT_FALSE(Parse("// ke:recipe r\n// ke:output y f32 [N]\n"));
  EXPECT_TRUE(Parse("// ke:recipe r\n// ke:any-signature\n// ke:reference\n"));
}

}  // namespace
}  // namespace kernelevolve
