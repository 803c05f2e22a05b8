#include "cli/flags.h"

#include <gtest/gtest.h>

namespace kernelevolve::cli {
namespace {

class FlagsTest : public testing::Test {
 protected:
  FlagsTest() : flags({"ke try", "tries things", "NAME [--json]", "ke try a"}) {
    flags.Positional("NAME", name, "its name");
    flags.Switch("--json", json, "one object a line");
    flags.Text("--target", "T", target, "where");
    flags.Texts("--set", "N=V", sets, "a parameter");
    flags.Integer("--nodes", nodes, {1, 100}, "how many");
    flags.Positive("--minutes", minutes, "how long");
  }

  std::string ErrorOf(const std::vector<std::string>& arguments) {
    const Result<bool> result = flags.Parse(arguments);
    if (result) return "";
    EXPECT_EQ(result.error().code, ErrorCode::kBadInput);
    return result.error().message;
  }

  std::string name, target;
  std::vector<std::string> sets;
  bool json = false;
  std::optional<int64_t> nodes;
  std::optional<double> minutes;
  Flags flags;
};

TEST_F(FlagsTest, ASectionHasAPageOfItsOwn) {
  std::string model;
  flags.Section("model", "flags of a model", "ke try a --model m");
  flags.Text("--model", "M", model, "which");
  EXPECT_EQ(*flags.Parse({"--help"}), false);
  EXPECT_EQ(flags.Help().find("  --model M"), std::string::npos);
  EXPECT_NE(flags.Help().find("--help-model"), std::string::npos);
  EXPECT_EQ(*flags.Parse({"a", "--help-model"}), false);
  EXPECT_NE(flags.Help().find("  --model M  which"), std::string::npos);
  EXPECT_NE(flags.Help().find("ke try a --model m"), std::string::npos);
  EXPECT_EQ(flags.Help().find("--nodes"), std::string::npos);
}

TEST_F(FlagsTest, EachPageShowsTheNextOne) {
  flags.Section("one", "flags of one", "ke try");
  flags.Section("two", "flags of two", "ke try");
  EXPECT_EQ(*flags.Parse({"--help"}), false);
  EXPECT_NE(flags.Help().find("--help-one"), std::string::npos);
  EXPECT_EQ(flags.Help().find("--help-two"), std::string::npos);
  EXPECT_EQ(*flags.Parse({"--help-one"}), false);
  EXPECT_NE(flags.Help().find("--help-two"), std::string::npos);
}

TEST_F(FlagsTest, ASectionMayBeShownOnTheFirstPage) {
  flags.Section("one", "flags of one", "ke try");
  flags.Section("two", "flags of two", "ke try", Flags::Shown::kFirst);
  EXPECT_EQ(*flags.Parse({"--help"}), false);
  EXPECT_NE(flags.Help().find("--help-one"), std::string::npos);
  EXPECT_NE(flags.Help().find("--help-two"), std::string::npos);
  EXPECT_EQ(*flags.Parse({"--help-one"}), false);
  EXPECT_EQ(flags.Help().find("--help-two"), std::string::npos);
}

TEST_F(FlagsTest, FillsEveryKindOfTarget) {
  const Result<bool> result = flags.Parse(
      {"--set", "A=1", "softmax", "--set=B=-2", "--target", "cpp@native",
       "--json", "--nodes", "7", "--minutes", "1.5"});
  ASSERT_TRUE(result && *result);
  EXPECT_EQ(name, "softmax");
  EXPECT_EQ(sets, (std::vector<std::string>{"A=1", "B=-2"}));
  EXPECT_EQ(target, "cpp@native");
  EXPECT_TRUE(json);
  EXPECT_EQ(nodes, 7);
  EXPECT_EQ(minutes, 1.5);
}

TEST_F(FlagsTest, UnknownFlagGetsTheNearest) {
  EXPECT_NE(ErrorOf({"softmax", "--node", "3"}).find("did you mean --nodes?"),
            std::string::npos);
}

TEST_F(FlagsTest, UnknownFlagIsNamedThoughAnArgumentIsMissing) {
  EXPECT_NE(ErrorOf({"--jsonn"}).find("'--jsonn'"), std::string::npos);
}

TEST_F(FlagsTest, NumbersSayWhatWasFoundAndExpected) {
  EXPECT_NE(ErrorOf({"a", "--nodes", "12x"}).find("found '12x'"),
            std::string::npos);
  EXPECT_NE(ErrorOf({"a", "--nodes", "0"}).find("from 1 to 100"),
            std::string::npos);
  EXPECT_NE(ErrorOf({"a", "--minutes", "-1"}).find("above 0"),
            std::string::npos);
  EXPECT_NE(ErrorOf({"a", "--minutes", "nan"}).find("above 0"),
            std::string::npos);
}

TEST_F(FlagsTest, MissingAndSurplusArguments) {
  EXPECT_NE(ErrorOf({}).find("NAME"), std::string::npos);
  EXPECT_NE(ErrorOf({"a", "b"}).find("unexpected argument 'b'"),
            std::string::npos);
}

TEST(Flags, WordsMayBeLeftOutOrStandAmongFlags) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{}, {"a", "b"}, {"a", "--json", "b"}}) {
    std::vector<std::string> words;
    bool json = false;
    Flags flags({"ke try", "tries things", "[WORD ...]", "ke try a b"});
    flags.OptionalPositionals("WORD", words, "any");
    flags.Switch("--json", json, "one object a line");
    const Result<bool> parsed = flags.Parse(arguments);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    EXPECT_EQ(words.size(), arguments.size() - (json ? 1 : 0));
  }
}

TEST_F(FlagsTest, HelpWinsOverMistakes) {
  const Result<bool> result = flags.Parse({"--bad", "--help"});
  ASSERT_TRUE(result);
  EXPECT_FALSE(*result);
  EXPECT_NE(flags.Help().find("Example:\n  ke try a"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::cli
