#include "worker/judge/special_values.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "worker/judge/input_case.h"
#include "worker/testing/tasks.h"

namespace kernelevolve::worker {
namespace {

struct Row {
  int plus = 0, minus = 0, nan = 0;
  bool last = false;  // in its last value

  bool any() const { return plus + minus + nan > 0; }
};

std::vector<Row> Planted(int64_t rows, int64_t length, uint64_t seed = 7) {
  std::vector<double> values(static_cast<size_t>(rows * length), 0.5);
  PlantSpecials(values, length, seed);
  std::vector<Row> seen(static_cast<size_t>(rows));
  for (size_t i = 0; i < values.size(); ++i) {
    Row& row = seen[i / static_cast<size_t>(length)];
    row.plus += values[i] == INFINITY;
    row.minus += values[i] == -INFINITY;
    row.nan += std::isnan(values[i]);
    row.last = !std::isfinite(values[i]);
  }
  return seen;
}

using Is = bool (*)(const Row&);
bool OnlyPlus(const Row& row) { return row.plus && !row.minus && !row.nan; }
bool OnlyMinus(const Row& row) { return row.minus && !row.plus && !row.nan; }
bool BothSigns(const Row& row) { return row.plus && row.minus && !row.nan; }
bool OnlyNan(const Row& row) { return row.nan && !row.plus && !row.minus; }

TEST(PlantSpecials, NoRowMixesNanWithInfinities) {
  for (const int64_t length : {1, 3, 17, 511, 513, 2000})
    for (const Row& row : Planted(12000 / length, length))
      EXPECT_FALSE(row.nan && (row.plus || row.minus)) << length;
}

TEST(PlantSpecials, ShortRowsSeeEveryKindAndSomeStayFinite) {
  const auto rows = Planted(1000, 16);
  for (const Is is : {&OnlyPlus, &OnlyMinus, &BothSigns, &OnlyNan})
    EXPECT_GT(std::count_if(rows.begin(), rows.end(), is), 10);
  EXPECT_GT(std::count_if(rows.begin(), rows.end(),
                          [](const Row& row) { return !row.any(); }), 100);
}

TEST(PlantSpecials, AMaskLeavesNothingOfOneRow) {
  for (uint64_t seed = 1; seed < 20; ++seed)
    for (const int64_t rows : {7, 8, 100}) {
      const auto planted = Planted(rows, 50, seed);
      EXPECT_EQ(std::ranges::count(planted, 50, &Row::minus), rows < 8 ? 0 : 1);
    }
}

TEST(PlantSpecials, LongRowsSeeEveryKind) {
  const auto rows = Planted(12, 2000);
  for (const Is is : {&OnlyPlus, &OnlyMinus, &OnlyNan})
    EXPECT_GE(std::count_if(rows.begin(), rows.end(), is), 2);
  EXPECT_GE(std::count_if(rows.begin(), rows.end(), &BothSigns), 1);
}

TEST(PlantSpecials, TheLastValueAloneMayBeTheInfinity) {
  for (const int64_t length : {16, 2000}) {
    const auto rows = Planted(24000 / length, length);
    EXPECT_GE(std::count_if(rows.begin(), rows.end(),
                            [](const Row& row) {
                              return row.plus == 1 && OnlyPlus(row) && row.last;
                            }), 1)
        << length;
  }
}

TEST(PlantSpecials, TheSeedDecides) {
  const auto starts = [](uint64_t seed) {
    return OnlyPlus(Planted(1, 512, seed)[0]);
  };
  std::set<bool> seen;
  for (uint64_t seed = 0; seed < 40; ++seed) seen.insert(starts(seed));
  EXPECT_EQ(seen.size(), 2u);
}

TEST(PlantSpecials, WhatIsNoWholeNumberOfRowsStays) {
  std::vector<double> values(10, 0.5);
  PlantSpecials(values, 3, 1);
  PlantSpecials(values, 0, 1);
  EXPECT_EQ(values, std::vector<double>(10, 0.5));
}

Task ThreeInputs() {
  Task task = testing::MatrixTask(R"toml(
[[inputs]]
name = "weight"
dtype = "f32"
shape = ["m"]
values = "normal(0, 1)"
constant = true

[[inputs]]
name = "z"
dtype = "f32"
shape = ["n", "m"]
values = "normal(0, 1)"
)toml");
  task.shapes[0].dims = {{"n", 64}, {"m", 32}};
  return task;
}

bool HasSpecial(const std::vector<uint8_t>& raw) {
  const auto* values = reinterpret_cast<const float*>(raw.data());
  return std::any_of(values, values + raw.size() / sizeof(float),
                     [](float value) { return !std::isfinite(value); });
}

TEST(SpecialRows, OneInputAtATimeAndNoConstant) {
  const Task task = ThreeInputs();
  EXPECT_EQ(SpecialInputs(task), (std::vector<size_t>{0, 2}));
  const InputGenerator generator(task, "secret");
  for (int64_t trial = 0; trial < 2; ++trial) {
    const InputSet set =
        generator.Draw({task.shapes[0], InputFamily::kSpecialRows, trial});
    EXPECT_EQ(HasSpecial(set.tensors[0]), trial == 0);
    EXPECT_FALSE(HasSpecial(set.tensors[1]));
    EXPECT_EQ(HasSpecial(set.tensors[2]), trial == 1);
  }
}

int64_t ZeroRows(const Task& task, int64_t trial, size_t index) {
  const InputGenerator generator(task, "secret");
  const auto raw = generator.Draw({task.shapes[0], InputFamily::kSpecialRows, trial})
                       .tensors[index];
  const auto* values = reinterpret_cast<const float*>(raw.data());
  const int64_t row = RowLength(task.inputs[index], task.shapes[0]);
  int64_t zero = 0;
  for (size_t at = 0; at < raw.size() / sizeof(float); at += static_cast<size_t>(row))
    zero += std::all_of(values + at, values + at + row, [](float v) { return v == 0; });
  return zero;
}

// What meets infinities along its rows meets zeros, and what meets them along columns.
TEST(SpecialRows, WhereTheyAreAloneOtherInputsHaveZeroRowsToo) {
  const Task task = ThreeInputs();
  EXPECT_EQ(ZeroRows(task, 0, 2), 0);
  EXPECT_FALSE(IsLoneTrial(task, {task.shapes[0], InputFamily::kSpecialRows, 1}));
  const int64_t with = LoneTrial(task, 0);
  EXPECT_TRUE(HasSpecialRows(task, {task.shapes[0], InputFamily::kSpecialRows, with}, 0));
  EXPECT_GT(ZeroRows(task, with, 2), 4);
  EXPECT_LT(ZeroRows(task, with, 2), 64);
}

TEST(SpecialRows, OtherInputsAreNothingButZerosOnce) {
  const Task task = ThreeInputs();
  const int64_t bare = BareTrial(task, 0);
  const InputCase one{task.shapes[0], InputFamily::kSpecialRows, bare};
  EXPECT_TRUE(IsBareTrial(task, one));
  EXPECT_FALSE(IsLoneTrial(task, one));
  EXPECT_TRUE(HasSpecialRows(task, one, 0));
  const InputSet set = InputGenerator(task, "secret").Draw(one);
  EXPECT_TRUE(HasSpecial(set.tensors[0]));
  InputCase next = one;
  next.trial += kTrialKinds * static_cast<int64_t>(SpecialInputs(task).size());
  EXPECT_TRUE(IsBareTrial(task, next) && HasSpecialRows(task, next, 0));
  const auto* other = reinterpret_cast<const float*>(set.tensors[2].data());
  EXPECT_TRUE(std::all_of(other, other + set.tensors[2].size() / sizeof(float),
                          [](float value) { return value == 0; }));
}

TEST(PlantLoneSpecials, NoTwoShareARowOrAColumn) {
  for (const auto& [rows, row] : {std::pair<int64_t, int64_t>{40, 7}, {7, 40}, {1, 9}, {9, 1}}) {
    std::vector<double> values(static_cast<size_t>(rows * row), 0.5);
    PlantLoneSpecials(values, row, 3);
    std::map<int64_t, int> in_row, in_column;
    for (size_t i = 0; i < values.size(); ++i)
      if (!std::isfinite(values[i])) {
        ++in_row[static_cast<int64_t>(i) / row];
        ++in_column[static_cast<int64_t>(i) % row];
      }
    EXPECT_EQ(in_row.size(), std::max<size_t>(1, static_cast<size_t>(std::min(rows, row) / 2)));
    for (const auto& [at, count] : in_row) EXPECT_EQ(count, 1) << at;
    for (const auto& [at, count] : in_column) EXPECT_EQ(count, 1) << at;
  }
}

TEST(SpecialRows, ARowIsTheLastAxis) {
  const Task task = ThreeInputs();
  EXPECT_EQ(RowLength(task.inputs[0], task.shapes[0]), 32);
  EXPECT_EQ(RowLength(TensorSpec{}, task.shapes[0]), 1);
}

TEST(OffsetFactor, ProductsOfTwoInputsAreAllNegative) {
  Task task = testing::OneInputTask("f32", "normal(0, 1)");
  const ShapeCase& shape = task.shapes[0];
  const InputCase offset{shape, InputFamily::kOffset, 0};
  EXPECT_EQ(OffsetFactor(task, offset, 0), 1);
  task.inputs.push_back(task.inputs[0]);
  EXPECT_EQ(OffsetFactor(task, offset, 0), 3);
  EXPECT_EQ(OffsetFactor(task, offset, 1), -3);
  EXPECT_EQ(OffsetFactor(task, {shape, InputFamily::kLarge, 0}, 1), 1);
  const InputSet drawn = InputGenerator(task, "secret").Draw(offset);
  for (size_t input = 0; input < 2; ++input) {
    float value = 0;
    std::memcpy(&value, drawn.tensors[input].data(), sizeof value);
    EXPECT_GT(input == 0 ? value : -value, 45);
  }
}

}  // namespace
}  // namespace kernelevolve::worker
