#include "knowledge/instantiate.h"

#include <gtest/gtest.h>

#include "core/tune.h"
#include "knowledge/recipe_parser.h"
#include "knowledge/testing/tasks.h"

namespace kernelevolve {
namespace {

Recipe Parse(const std::string& text) {
  const auto recipe = ParseRecipe(text, "r.cc", "cpp");
  EXPECT_TRUE(recipe) << recipe.error().message;
  return *recipe;
}

const char* const kRows =
    "// ke:recipe rows\n// ke:summary by rows\n"
    "// ke:input x f32 [N]\n// ke:input w f32 [M]\n// ke:output y f32 [N]\n"
    "// ke:attribute eps\n// ke:option ROWS in {1, 2, 4}\n"
    "// ke:tune UNROLL = 4 in {1, 2, 4, 8} when UNROLL * ROWS <= 8\n"
    "#include <kernelevolve/abi.h>\n// ke:bindings\nint y = OUT_y;\n";

TEST(Instantiate, WritesBindingsAndOptions) {
  const Task task = MakeTask("w f32 m; x f32 n", "y f32 n");
  const auto source =
      Instantiate(Parse(kRows), {{1, 0}, {0}, {0}}, {{"ROWS", "2"}}, task);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(*source,
            "// rows: by rows\n"
            "// ke:tune UNROLL = 4 in {1, 2, 4, 8} when UNROLL * 2 <= 8\n"
            "#include <kernelevolve/abi.h>\n"
            "#define ROWS 2\n"
            "[[maybe_unused]] constexpr int IN_x = 1, IN_w = 0, OUT_y = 0, "
            "ATTR_eps = 0;\n"
            "int y = OUT_y;\n");
  EXPECT_TRUE(ParseTuneSpace(*source));
}

Task HalfTask() {
  Task task = MakeTask("w f16 m; x f16 n", "y f16 n");
  task.attributes.push_back({"epsilon", 1e-5});
  return task;
}

TEST(Instantiate, PythonTakesGlobals) {
  const auto recipe = ParseRecipe(
      "# ke:recipe rows\n# ke:summary by rows\n# ke:input x float [N]\n"
      "# ke:input w float [M]\n# ke:output y float [N]\n# ke:attribute eps\n"
      "# ke:option ROWS in {1, 2}\n"
      "# ke:tune B = 8 in {4, 8} when B * ROWS * REAL_BYTES < 17\n"
      "# ke:bindings\n",
      "r.py", "triton");
  ASSERT_TRUE(recipe) << recipe.error().message;
  Task task = HalfTask();
  task.objective.precision = "tf32";
  const auto source =
      Instantiate(*recipe, {{1, 0}, {0}, {0}}, {{"ROWS", "2"}}, task);
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(*source,
            "# rows: by rows\n# ke:tune B = 4 in {4, 8} when B * 2 * 2 < 17\n"
            "ROWS = 2\nIN_x = 1\nIN_w = 0\nOUT_y = 0\n"
            "ATTR_eps = \"epsilon\"\nREAL_BYTES = 2\nPRECISION = \"tf32\"\n");
}

TEST(Instantiate, CudaTakesTheElementType) {
  const auto recipe = ParseRecipe(
      "// ke:recipe rows\n// ke:input x float [N]\n// ke:input w float [M]\n"
      "// ke:output y float [N]\n// ke:attribute eps\n// ke:bindings\n",
      "r.cu", "cuda");
  ASSERT_TRUE(recipe) << recipe.error().message;
  const auto source =
      Instantiate(*recipe, {{1, 0}, {0}, {0}}, {}, HalfTask());
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(*source,
            "// rows: \n"
            "[[maybe_unused]] constexpr int IN_x = 1, IN_w = 0, OUT_y = 0, "
            "ATTR_eps = 0;\n"
            "using Real = __half;\n"
            "[[maybe_unused]] constexpr bool ALLOW_TF32 = false;\n");
}

TEST(Instantiate, MovesADefaultThatAnOptionRulesOut) {
  const Task task = MakeTask("w f32 m; x f32 n", "y f32 n");
  const auto source =
      Instantiate(Parse(kRows), {{1, 0}, {0}, {0}}, {{"ROWS", "4"}}, task);
  ASSERT_TRUE(source) << source.error().message;
  const auto space = ParseTuneSpace(*source);
  ASSERT_TRUE(space) << space.error().message;
  EXPECT_EQ(space->Defaults().at("UNROLL"), "2");
}

TEST(Instantiate, RefusesOptionsThatAdmitNoValues) {
  const Recipe recipe = Parse(
      "// ke:recipe r\n// ke:output y f32 [N]\n// ke:option A in {1, 9}\n"
      "// ke:tune U = 1 in {1, 2} when U >= A\n// ke:bindings\n");
  const Task task = MakeTask("", "y f32 n");
  EXPECT_TRUE(Instantiate(recipe, {{}, {0}, {}}, {}, task));
  const auto none = Instantiate(recipe, {{}, {0}, {}}, {{"A", "9"}}, task);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kBadInput);
  EXPECT_FALSE(Instantiate(recipe, {{}, {0}, {}}, {{"A", "3"}}, task));
  EXPECT_FALSE(Instantiate(recipe, {{}, {0}, {}}, {{"B", "1"}}, task));
}

TEST(Instantiate, SplicesTheReferenceWithoutItsInclude) {
  Task task = MakeTask("x f32 n", "y f32 n");
  task.reference_cpp = "ref.cc";
  task.files["ref.cc"] =
      "#include <kernelevolve/reference.h>\n#include <cmath>\n"
      "KE_REFERENCE(f)\n";
  const auto source =
      Instantiate(Parse("// ke:recipe any\n// ke:any-signature\nint before;\n"
                        "// ke:reference\nint after;\n"),
                  {}, {}, task);
  ASSERT_TRUE(source);
  EXPECT_EQ(*source,
            "// any: \nint before;\n#include <cmath>\nKE_REFERENCE(f)\n\n"
            "int after;\n");
}

}  // namespace
}  // namespace kernelevolve
