#include "cli/line_diff.h"

#include <gtest/gtest.h>

namespace kernelevolve::cli {
namespace {

TEST(LineDiffTest, EqualTextsHaveNone) {
  EXPECT_EQ(UnifiedDiff("a\nb\n", "a\nb\n"), "");
}

TEST(LineDiffTest, ChangeInTheMiddleKeepsContext) {
  EXPECT_EQ(UnifiedDiff("1\n2\n3\n4\n5\n6\n7\n8\n9\n",
                        "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "@@ -2 +2 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(LineDiffTest, TwoHunksCarryTheirLineNumbers) {
  EXPECT_EQ(UnifiedDiff("x\n1\n2\n3\n4\n5\n6\n7\n8\n",
                        "1\n2\n3\n4\n5\n6\n7\n8\ny\n"),
            "@@ -1 +1 @@\n-x\n 1\n 2\n 3\n@@ -7 +6 @@\n 6\n 7\n 8\n+y\n");
}

TEST(LineDiffTest, InsertedAndRemovedBlocks) {
  EXPECT_EQ(UnifiedDiff("a\nb\nc\n", "a\nc\nd\n"),
            "@@ -1 +1 @@\n a\n-b\n c\n+d\n");
}

}  // namespace
}  // namespace kernelevolve::cli
