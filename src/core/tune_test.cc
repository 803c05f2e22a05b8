#include "core/tune.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/format.h"

namespace kernelevolve {
namespace {

std::string ErrorOf(std::string_view source) {
  const auto space = ParseTuneSpace(source);
  return space ? "parsed" : space.error().message;
}

TEST(TuneSpace, ReadsDeclarationsOfEveryLanguage) {
  const auto space = ParseTuneSpace(
      "// ke:tune BLOCK_M = 64 in {32, 64, 128} when BLOCK_M * BLOCK_K <= "
      "8192\n"
      "//ke:tune BLOCK_K = 32 in {32,64}\r\n"
      "  # ke:tune fast = true in {true, false}\n"
      "# ke:tune scale = -0.5 in {-0.5, 1}\n"
      "int x;  // nothing\n");
  ASSERT_TRUE(space) << space.error().message;
  ASSERT_EQ(space->parameters.size(), 4u);
  EXPECT_EQ(space->parameters[0].values,
            (std::vector<std::string>{"32", "64", "128"}));
  EXPECT_EQ(space->Defaults(), (ParameterValues{{"BLOCK_K", "32"},
                                                {"BLOCK_M", "64"},
                                                {"fast", "true"},
                                                {"scale", "-0.5"}}));
  EXPECT_EQ(space->Size(), 3u * 2 * 2 * 2);
}

TEST(TuneSpace, ProseAboutTuningDeclaresNothing) {
  const auto space = ParseTuneSpace(
      "// the ke:tune lines below\n// ke:tuned by hand\nchar s[] = "
      "\"ke:tune\";\n");
  ASSERT_TRUE(space);
  EXPECT_TRUE(space->parameters.empty());
  EXPECT_EQ(space->Size(), 1u);
}

TEST(TuneSpace, MistakesNameTheLine) {
  EXPECT_NE(ErrorOf("\n// ke:tune A 4 in {4}").find("line 2: ke:tune: found"),
            std::string::npos);
  EXPECT_NE(ErrorOf("// ke:tune A = 3 in {4}").find("not among"),
            std::string::npos);
  EXPECT_NE(ErrorOf("// ke:tune A = 4 in {4, x}").find("\"x\""),
            std::string::npos);
  EXPECT_NE(ErrorOf("// ke:tune A = 4 in {4, \"1 -lm\"}")
                .find("value \"1 -lm\", expected"),
            std::string::npos);
  EXPECT_NE(ErrorOf("// ke:tune A = 4 in {4, 4}").find("twice"),
            std::string::npos);
  EXPECT_NE(ErrorOf("// ke:tune A = 4 in {}"), "parsed");
  EXPECT_NE(ErrorOf("// ke:tune and = 4 in {4}").find("cannot name"),
            std::string::npos);
  EXPECT_NE(ErrorOf("// ke:tune A = 4 in {4} if A"), "parsed");
  EXPECT_NE(ErrorOf("// ke:tune A = 4 in {4} when A <"), "parsed");
  EXPECT_NE(ErrorOf("int a; // ke:tune A = 4 in {4}").find("own"),
            std::string::npos);
  EXPECT_NE(ErrorOf("// ke:tune A = 4 in {4}\n// ke:tune A = 4 in {4}")
                .find("line 2: ke:tune: A is declared twice"),
            std::string::npos);
}

TEST(TuneSpace, ConditionsReadDeclaredNamesAndHoldForTheDefaults) {
  EXPECT_NE(ErrorOf("// ke:tune A = 4 in {4} when B > 1").find("reads B"),
            std::string::npos);
  EXPECT_NE(ErrorOf("// ke:tune A = 4 in {4, 8} when A > 4").find("violate"),
            std::string::npos);
  EXPECT_EQ(ErrorOf("// ke:tune A = 4 in {4, 8} when A < B\n"
                    "// ke:tune B = 9 in {9}"),
            "parsed");
  // A condition that cannot be evaluated does not hold.
  EXPECT_NE(ErrorOf("// ke:tune A = 0 in {0, 1} when 8 % A == 0"), "parsed");
}

TEST(TuneSpace, Limits) {
  std::string many, wide = "// ke:tune W = 0 in {0";
  for (int i = 0; i < 33; ++i)
    many += format("// ke:tune P{} = 1 in {{1}}\n", i);
  for (int i = 1; i < 65; ++i) wide += format(", {}", i);
  EXPECT_NE(ErrorOf(many).find("line 33: ke:tune: more than 32"),
            std::string::npos);
  EXPECT_NE(ErrorOf(wide + "}").find("more than 64"), std::string::npos);
}

TEST(TuneSpace, CompleteFillsChecksAndNormalises) {
  const auto space = ParseTuneSpace(
      "// ke:tune A = 4 in {4, 8, 16} when A * B <= 64\n"
      "// ke:tune B = 4 in {4, 8}\n");
  ASSERT_TRUE(space);
  EXPECT_EQ(*space->Complete({}), (ParameterValues{{"A", "4"}, {"B", "4"}}));
  EXPECT_EQ(*space->Complete({{"A", "016"}}),
            (ParameterValues{{"A", "16"}, {"B", "4"}}));
  EXPECT_FALSE(space->Complete({{"A", "5"}}));
  EXPECT_FALSE(space->Complete({{"A", "4; rm -rf"}}));
  EXPECT_NE(space->Complete({{"C", "4"}}).error().message.find("A, B"),
            std::string::npos);
  EXPECT_NE(
      space->Complete({{"A", "16"}, {"B", "8"}}).error().message.find("A * B"),
      std::string::npos);
  EXPECT_TRUE(space->Admits({{"A", "8"}, {"B", "8"}}));
  EXPECT_FALSE(space->Admits({{"A", "16"}, {"B", "8"}}));
  EXPECT_FALSE(space->Admits({{"A", "8"}}));
  EXPECT_FALSE(space->Admits({{"A", "8"}, {"C", "8"}}));
}

TEST(TuneSpace, SizeSaturates) {
  std::string source;
  for (int p = 0; p < 32; ++p) {
    source += format("// ke:tune P{} = 0 in {{0", p);
    for (int v = 1; v < 64; ++v) source += format(", {}", v);
    source += "}\n";
  }
  const auto space = ParseTuneSpace(source);
  ASSERT_TRUE(space) << space.error().message;
  EXPECT_EQ(space->Size(), std::numeric_limits<uint64_t>::max());
}

}  // namespace
}  // namespace kernelevolve
