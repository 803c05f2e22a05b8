#include "knowledge/unify.h"

#include <gtest/gtest.h>

#include "knowledge/recipe_parser.h"
#include "knowledge/testing/tasks.h"

namespace kernelevolve {
namespace {

// Directives without their "// ke:".
Recipe MakeRecipe(const std::vector<std::string>& directives) {
  std::string text = "// ke:recipe r\n";
  for (const std::string& directive : directives)
    text += "// ke:" + directive + "\n";
  const auto recipe = ParseRecipe(text + "// ke:bindings\n", "r.cc", "cpp");
  EXPECT_TRUE(recipe) << recipe.error().message;
  return *recipe;
}

std::vector<RecipeMatch> Match(const std::vector<std::string>& directives,
                               const Task& task) {
  return Unify(MakeRecipe(directives), task, DimSamples(task));
}

using Indices = std::vector<int>;

TEST(Unify, BindsSymbolsConsistently) {
  const std::vector<std::string> matmul = {
      "input a f32 [M, K]", "input b f32 [K, N]", "output c f32 [M, N]"};
  EXPECT_EQ(Match(matmul, MakeTask("p f32 i j; q f32 j k", "r f32 i k")).size(),
            1u);
  EXPECT_TRUE(
      Match(matmul, MakeTask("p f32 i j; q f32 k j", "r f32 i k")).empty());
  EXPECT_TRUE(
      Match(matmul, MakeTask("p f32 i j; q f32 j k", "r f32 k i")).empty());
}

TEST(Unify, FindsPermutedTensorsWhateverTheirNames) {
  const auto matches =
      Match({"input a f32 [M, K]", "input b f32 [K, N]", "output c f32 [M, N]"},
            MakeTask("b f32 j k; a f32 i j", "c f32 i k"));
  ASSERT_EQ(matches.size(), 1u);
  EXPECT_EQ(matches[0].inputs, (Indices{1, 0}));
}

TEST(Unify, FloatIsOneDTypeWhereverItStands) {
  const std::vector<std::string> scaled = {
      "input x float [..., C]", "input w float [C]", "input s f32 []",
      "output y float [..., C]"};
  const auto count = [&](const std::string& inputs, const std::string& output) {
    return Match(scaled, MakeTask(inputs, output)).size();
  };
  EXPECT_EQ(count("x f32 r c; w f32 c; s f32", "y f32 r c"), 1u);
  EXPECT_EQ(count("x bf16 r c; w bf16 c; s f32", "y bf16 r c"), 1u);
  EXPECT_EQ(count("x f16 r c; w f16 c; s f32", "y f16 r c"), 1u);
  EXPECT_EQ(count("x f16 r c; w f32 c; s f32", "y f16 r c"), 0u);
  EXPECT_EQ(count("x f16 r c; w f16 c; s f32", "y bf16 r c"), 0u);
  EXPECT_EQ(count("x f64 r c; w f64 c; s f32", "y f64 r c"), 0u);
  EXPECT_EQ(count("x i32 r c; w i32 c; s f32", "y i32 r c"), 0u);
}

TEST(Unify, PrefersDeclaredOrderWhereSeveralFit) {
  const auto matches =
      Match({"input x f32 [..., C]", "input g f32 [C]", "input b f32 [C]",
             "output y f32 [..., C]"},
            MakeTask("gain f32 c; bias f32 c; x f32 r c", "y f32 r c"));
  ASSERT_EQ(matches.size(), 2u);
  EXPECT_EQ(matches[0].inputs, (Indices{2, 0, 1}));
  EXPECT_EQ(matches[1].inputs, (Indices{2, 1, 0}));
}

TEST(Unify, LeadingDimsAreAnyNumberButTheSameEverywhere) {
  const std::vector<std::string> rows = {"input x f32 [..., C]",
                                         "output y f32 [..., C]"};
  EXPECT_EQ(Match(rows, MakeTask("x f32 c", "y f32 c")).size(), 1u);
  EXPECT_EQ(Match(rows, MakeTask("x f32 a b c", "y f32 a b c")).size(), 1u);
  EXPECT_TRUE(Match(rows, MakeTask("x f32 a b c", "y f32 b a c")).empty());
  EXPECT_TRUE(Match(rows, MakeTask("x f32 a c", "y f32 c")).empty());
  EXPECT_TRUE(Match(rows, MakeTask("x f32", "y f32")).empty());
}

TEST(Unify, RankMustFitExactlyWithoutLeadingDims) {
  EXPECT_TRUE(Match({"input x f32 [C]", "output y f32 [C]"},
                    MakeTask("x f32 r c", "y f32 r c"))
                  .empty());
}

TEST(Unify, DTypesMustAgree) {
  EXPECT_TRUE(Match({"input x f32 [N]", "output y f32 [N]"},
                    MakeTask("x f16 n", "y f32 n"))
                  .empty());
}

TEST(Unify, EveryTensorIsUsedOnce) {
  const std::vector<std::string> one = {"input x f32 [N]", "output y f32 [N]"};
  EXPECT_TRUE(Match(one, MakeTask("x f32 n; z f32 n", "y f32 n")).empty());
  EXPECT_TRUE(Match(one, MakeTask("x f32 n", "y f32 n; z f32 n")).empty());
}

TEST(Unify, ASymbolMayBindAnExpression) {
  EXPECT_EQ(Match({"input x f32 [C]", "output y f32 [C]"},
                  MakeTask("x f32 2*n", "y f32 n+n"))
                .size(),
            1u);
  EXPECT_TRUE(Match({"input x f32 [C]", "output y f32 [C]"},
                    MakeTask("x f32 2*n", "y f32 n"))
                  .empty());
}

TEST(Unify, PatternsOverSymbolsAreChecked) {
  const std::vector<std::string> halves = {"input x f32 [R * 2]",
                                           "output y f32 [R]"};
  EXPECT_EQ(Match(halves, MakeTask("x f32 2*n", "y f32 n")).size(), 1u);
  EXPECT_EQ(Match(halves, MakeTask("x f32 4*n", "y f32 n*2")).size(), 1u);
  EXPECT_TRUE(Match(halves, MakeTask("x f32 3*n", "y f32 n")).empty());
}

TEST(Unify, ASymbolMayAppearOnlyInsidePatterns) {
  const std::vector<std::string> lists = {
      "input o i64 [L + 1]", "input v f32 [T]", "output p i64 [L + 1]"};
  EXPECT_EQ(Match(lists, MakeTask("o i64 n+1; v f32 t", "p i64 n+1")).size(),
            1u);
  EXPECT_EQ(Match(lists, MakeTask("o i64 n; v f32 t", "p i64 n")).size(), 1u);
  EXPECT_TRUE(
      Match(lists, MakeTask("o i64 n+1; v f32 t", "p i64 n+2")).empty());
}

TEST(Unify, IntegersMatchOnlyThemselves) {
  const std::vector<std::string> conv = {"input w f32 [O, I, 3]",
                                         "output y f32 [O, I]"};
  EXPECT_EQ(Match(conv, MakeTask("w f32 o i 3", "y f32 o i")).size(), 1u);
  EXPECT_TRUE(Match(conv, MakeTask("w f32 o i 5", "y f32 o i")).empty());
  EXPECT_TRUE(Match(conv, MakeTask("w f32 o i k", "y f32 o i")).empty());
}

TEST(Unify, TagsAreRequirements) {
  const std::vector<std::string> search = {
      "input x f32 [N]", "input t f32 [B] sorted", "output y i32 [N]"};
  Task task = MakeTask("x f32 n; t f32 b", "y i32 n");
  EXPECT_TRUE(Match(search, task).empty());
  task.inputs[1].values.kind = ValueSpec::Kind::kIncreasing;
  EXPECT_EQ(Match(search, task).size(), 1u);
  EXPECT_TRUE(
      Match({"input x f32 [N] constant", "input t f32 [B]", "output y i32 [N]"},
            task)
          .empty());
  task.inputs[0].constant = true;
  EXPECT_EQ(
      Match({"input x f32 [N] constant", "input t f32 [B]", "output y i32 [N]"},
            task)
          .size(),
      1u);
}

TEST(Unify, TagsChooseBetweenTensorsOfOneShape) {
  Task task = MakeTask("a i64 n; b i64 n", "y f32 n");
  task.inputs[0].values.kind = ValueSpec::Kind::kJaggedOffsets;
  const auto matches = Match(
      {"input x i64 [N]", "input o i64 [N] offsets", "output y f32 [N]"}, task);
  ASSERT_EQ(matches.size(), 1u);
  EXPECT_EQ(matches[0].inputs, (Indices{1, 0}));
}

TEST(Unify, AttributesGoByNameElseByPosition) {
  Task task = MakeTask("x f32 n", "y f32 n");
  task.attributes = {{"scale", 1}, {"eps", 1e-5}};
  const std::vector<std::string> base = {"input x f32 [N]", "output y f32 [N]"};
  auto with = [&](std::vector<std::string> extra) {
    extra.insert(extra.begin(), base.begin(), base.end());
    return Match(extra, task);
  };
  EXPECT_EQ(with({"attribute eps", "attribute scale"})[0].attributes,
            (Indices{1, 0}));
  EXPECT_EQ(with({"attribute eps", "attribute alpha"})[0].attributes,
            (Indices{1, 0}));
  EXPECT_EQ(with({"attribute a", "attribute b"})[0].attributes,
            (Indices{0, 1}));
  EXPECT_TRUE(with({"attribute eps"}).empty());
}

TEST(Unify, ManyEqualTensorsStayBounded) {
  std::vector<std::string> directives;
  std::string inputs;
  for (int i = 0; i < 12; ++i) {
    directives.push_back("input x" + std::to_string(i) + " f32 [N]");
    inputs += "x" + std::to_string(i) + " f32 n;";
  }
  directives.push_back("output y f32 [M]");
  EXPECT_EQ(Match(directives, MakeTask(inputs, "y f32 m")).size(),
            static_cast<size_t>(kMaxMatches));
  directives.back() = "output y f32 [N + 1]";  // never, found out at the end
  EXPECT_TRUE(Match(directives, MakeTask(inputs, "y f32 m")).empty());
}

TEST(Unify, AnySignatureTakesTasksWhoseFloatsAreF32) {
  Recipe recipe;
  recipe.any_signature = true;
  Task task = MakeTask("x f32 n; o i64 m", "y f32 n");
  EXPECT_TRUE(
      Unify(recipe, task, DimSamples(task)).empty());  // no reference.cc
  task.reference_cpp = "reference.cc";
  EXPECT_EQ(Unify(recipe, task, DimSamples(task)).size(), 1u);
  task.outputs[0].dtype = DType::kF16;
  EXPECT_TRUE(Unify(recipe, task, DimSamples(task)).empty());
}

}  // namespace
}  // namespace kernelevolve
