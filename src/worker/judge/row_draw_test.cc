#include "worker/judge/row_draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace kernelevolve::worker {
namespace {

std::vector<bool> Kinds(RowDraw row, int calls) {
  std::vector<bool> kinds;
  for (int i = 0; i < calls; ++i) kinds.push_back(row.OverOld());
  return kinds;
}

TEST(RowDraw, TheSecretAndTheLabelDecide) {
  EXPECT_EQ(Kinds(RowDraw("a", "x"), 100), Kinds(RowDraw("a", "x"), 100));
  EXPECT_NE(Kinds(RowDraw("a", "x"), 100), Kinds(RowDraw("b", "x"), 100));
  EXPECT_NE(Kinds(RowDraw("a", "x"), 100), Kinds(RowDraw("a", "y"), 100));
}

TEST(RowDraw, LengthsDifferAndStayNear) {
  std::set<int> lengths;
  for (int i = 0; i < 200; ++i) {
    const int length = RowDraw(std::to_string(i), "row").Length(100);
    EXPECT_GE(length, 70);
    EXPECT_LE(length, 130);
    lengths.insert(length);
  }
  EXPECT_GT(lengths.size(), 30u);
  EXPECT_EQ(RowDraw("a", "row").Length(1), 1);
}

TEST(RowDraw, TheFirstCallHasNothingBeforeIt) {
  for (int i = 0; i < 50; ++i)
    EXPECT_FALSE(RowDraw(std::to_string(i), "row").OverOld());
}

TEST(RowDraw, EveryRowHasBothKindsAndSomeHaveLongStretches) {
  int longest = 0;
  for (int i = 0; i < 100; ++i) {
    const auto kinds = Kinds(RowDraw(std::to_string(i), "row"), 130);
    EXPECT_GE(std::ranges::count(kinds, false), 2);
    EXPECT_GE(std::ranges::count(kinds, true), 10);
    int stretch = 0;
    for (const bool old : kinds) longest = std::max(longest, stretch = old ? stretch + 1 : 0);
  }
  EXPECT_GE(longest, 32);
}

}  // namespace
}  // namespace kernelevolve::worker
