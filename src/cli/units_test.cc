#include "cli/units.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace kernelevolve::cli {
namespace {

TEST(UnitsTest, TimesKeepThreeDigitsAcrossUnits) {
  EXPECT_EQ(TimeText(0.123), "0.12 us");
  EXPECT_EQ(TimeText(99.96), "100 us");
  EXPECT_EQ(TimeText(812.4), "812 us");
  EXPECT_EQ(TimeText(999.7), "1.00 ms");
  EXPECT_EQ(TimeText(2780), "2.78 ms");
  EXPECT_EQ(TimeText(1.31e6), "1.31 s");
}

TEST(UnitsTest, Spans) {
  EXPECT_EQ(SpanText(-1), "0:00");
  EXPECT_EQ(SpanText(67.9), "1:07");
  EXPECT_EQ(SpanText(3723), "1:02:03");
}

TEST(UnitsTest, Speedups) {
  EXPECT_EQ(SpeedupText(3.417), "3.42x");
  EXPECT_EQ(SpeedupText(17.56), "17.6x");
  EXPECT_EQ(IntervalText({0.98, 1.013}), "[0.98, 1.01]");
  EXPECT_EQ(PercentText(0.614), "61 %");
}

TEST(UnitsTest, CommandsAreQuotedForTheShell) {
  EXPECT_EQ(ShellCommand({"ke", "--set", "A=1", "my file", "it's", ""}),
            "ke --set A=1 'my file' 'it'\\''s' ''");
}

TEST(UnitsTest, PathsAreShownFromTheWorkingFolder) {
  const std::string here = std::filesystem::current_path();
  EXPECT_EQ(ShownPath(here + "/runs/a"), "runs/a");
  EXPECT_EQ(ShownPath("/elsewhere/a"), "/elsewhere/a");
  EXPECT_EQ(ShownPath("runs/a"), "runs/a");
}

TEST(UnitsTest, TablesAlign) {
  EXPECT_EQ(TableText({{"shape", "time"}, {"a", "12.5 us"}, {"longer"}}),
            "  shape      time\n"
            "  a       12.5 us\n"
            "  longer\n");
}

}  // namespace
}  // namespace kernelevolve::cli
