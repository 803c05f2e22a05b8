#include "worker/judge/checks.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

TEST(Checks, EveryOneIsListedOnceAndSaysWhatItIs) {
  std::set<std::string> names;
  std::set<Check> checks;
  for (const CheckInfo& info : AllChecks()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_TRUE(checks.insert(info.check).second) << info.name;
    EXPECT_FALSE(info.summary.empty()) << info.name;
    ASSERT_EQ(info.gate.size(), 2u) << info.name;
    EXPECT_EQ(info.gate[0], 'G');
    EXPECT_EQ(InfoOf(info.check).name, info.name);
  }
  // The enumeration has no member beyond the last of the list.
  EXPECT_EQ(checks.size(), static_cast<size_t>(Check::kPanelAlone) + 1);
}

TEST(CheckSet, AllAreOnUnlessNamed) {
  const CheckSet all;
  for (const CheckInfo& info : AllChecks()) EXPECT_TRUE(all.on(info.check));
  EXPECT_TRUE(all.disabled().empty());
}

TEST(CheckSet, SwitchesOffTheNamedOnesOnly) {
  const auto parsed = CheckSet::Without({"nudge", "two_worlds"});
  ASSERT_TRUE(parsed);
  const CheckSet& set = *parsed;
  for (const CheckInfo& info : AllChecks())
    EXPECT_EQ(set.on(info.check),
              info.name != "nudge" && info.name != "two_worlds");
  EXPECT_EQ(set.disabled(), (std::vector<std::string>{"nudge", "two_worlds"}));
}

TEST(CheckSet, UnknownNamesAreAnsweredWithTheKnown) {
  const auto parsed = CheckSet::Without({"no_such_check"});
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, ErrorCode::kBadInput);
  EXPECT_NE(parsed.error().message.find("no_such_check"), std::string::npos);
  EXPECT_NE(parsed.error().message.find("two_worlds"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::worker
