#include "worker/judge/strided_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/random.h"

namespace kernelevolve::worker {
namespace {

using Kind = ValueSpec::Kind;

constexpr int64_t kColumns = 1024, kRows = 200;

std::vector<double> Rows(Kind kind, int64_t row) {
  ValueSpec spec;
  spec.kind = kind;
  std::vector<double> values;
  Random random(7);
  for (int64_t i = 0; i < kRows * kColumns; ++i)
    values.push_back(2 * random.Uniform() - 1);
  StrideRows(spec, {-1, 1}, row, 3, values);
  return values;
}

// Lanes take `group` neighbours at a time: in how many rows has one five of the eight
// largest?
int Crowded(const std::vector<double>& values, int64_t group) {
  int crowded = 0;
  for (int64_t row = 0; row < kRows; ++row) {
    const double* x = values.data() + row * kColumns;
    std::vector<int64_t> order(kColumns);
    for (int64_t i = 0; i < kColumns; ++i) order[static_cast<size_t>(i)] = i;
    std::partial_sort(order.begin(), order.begin() + 8, order.end(),
                      [&](int64_t a, int64_t b) { return x[a] > x[b]; });
    std::map<int64_t, int> of_lane;
    for (size_t i = 0; i < 8; ++i) ++of_lane[order[i] / group % 32];
    crowded += std::ranges::any_of(of_lane, [](const auto& l) { return l.second > 4; });
  }
  return crowded;
}

TEST(StrideRows, OneLaneHasTheLargest) {
  for (const Kind kind : {Kind::kUniform, Kind::kNormal}) {
    const auto values = Rows(kind, kColumns);
    EXPECT_GT(Crowded(values, 1), kRows / 8);
    EXPECT_GT(Crowded(values, 4), kRows / 4);
  }
}

TEST(StrideRows, UniformOnesStayInTheirInterval) {
  const auto values = Rows(Kind::kUniform, kColumns);
  const auto [least, most] = std::ranges::minmax(values);
  EXPECT_GE(least, -1);
  EXPECT_LE(most, 1);
}

TEST(StrideRows, ShortRowsAndOtherDrawsAreLeftAlone) {
  EXPECT_EQ(Rows(Kind::kUniform, 16), Rows(Kind::kZeros, kColumns));
  EXPECT_EQ(Rows(Kind::kChoice, kColumns), Rows(Kind::kZeros, kColumns));
}

}  // namespace
}  // namespace kernelevolve::worker
