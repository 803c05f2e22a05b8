#include "worker/judge/ties.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "worker/judge/scalar.h"
#include "worker/testing/tasks.h"

namespace kernelevolve::worker {
namespace {

std::vector<double> Spread(size_t count, double from) {
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i)
    values.push_back(static_cast<float>(from + 0.7 * static_cast<double>(i) /
                                                   static_cast<double>(count)));
  return values;
}

double Stored(DType dtype, double value) {
  uint8_t raw[8];
  StoreScalar(dtype, raw, 0, value);
  return LoadScalar(dtype, raw, 0);
}

Task IndexTask(const std::string& body, const std::string& dtype = "i64",
               const std::string& values = "normal(0, 1)") {
  const std::string text =
      "name = \"where\"\nsummary = \"an index\"\noperator = \"map\"\n"
      "dims = [\"n\", \"m\"]\n[[inputs]]\nname = \"x\"\ndtype = \"f32\"\n"
      "shape = [\"n\", \"m\"]\nvalues = \"" + values + "\"\n"
      "[[outputs]]\nname = \"y\"\ndtype = \"" + dtype + "\"\nshape = [\"n\"]\n"
      "[[shapes]]\nname = \"listed\"\nn = 4\nm = 8\n"
      "[domain]\nn = [1, 10]\nm = [1, 10]\n"
      "[reference]\ntorch = \"reference.py\"\ncpp = \"reference.cc\"\n";
  return testing::TaskFrom(text, {{"reference.py", body}});
}

bool HasOneAnswer(const Task& task) { return TiesHaveOneAnswer(task, task.shapes[0]); }

TEST(TiesHaveOneAnswer, OfIndicesThatAreDocumented) {
  EXPECT_TRUE(HasOneAnswer(IndexTask("return torch.argmax(x, 1)")));
  EXPECT_TRUE(HasOneAnswer(IndexTask("return x.max(1)[1]  # sorted by model")));
  EXPECT_FALSE(HasOneAnswer(IndexTask("return x.topk(1)[1]")));
  EXPECT_FALSE(HasOneAnswer(IndexTask("return torch.argsort(x)")));
  EXPECT_FALSE(HasOneAnswer(IndexTask("sort")));
}

TEST(TiesHaveOneAnswer, NotWhereOutputsAreNoIndices) {
  EXPECT_FALSE(HasOneAnswer(IndexTask("return x.amax(1)", "f32")));
  EXPECT_FALSE(HasOneAnswer(IndexTask("return (127 * x).round()", "i8")));
}

TEST(TiesHaveOneAnswer, NotWhereSumsOfSmallNumbersAreRounded) {
  EXPECT_TRUE(HasOneAnswer(IndexTask("argmax", "i64", "uniform(0, 1)")));
  EXPECT_FALSE(HasOneAnswer(IndexTask("argmax", "i64", "normal(0, 0.02)")));
  EXPECT_FALSE(HasOneAnswer(IndexTask("argmax", "i64", "uniform(-0.1, 0.1)")));
}

TEST(PlantTies, ManyStandInThePoolAndManyBesideIt) {
  const auto pool = Spread(1000, -0.3);
  auto values = Spread(4000, 0.1);
  PlantTies(values, pool, DType::kF32, -1, 1, 5);
  const std::set<double> of_pool(pool.begin(), pool.end());
  int same = 0, beside = 0, plus = 0, minus = 0;
  for (const double value : values) {
    same += of_pool.count(value) > 0;
    const auto as_float = static_cast<float>(value);
    beside += of_pool.count(std::nextafterf(as_float, 9)) > 0 ||
              of_pool.count(std::nextafterf(as_float, -9)) > 0;
    plus += value == 0 && !std::signbit(value);
    minus += value == 0 && std::signbit(value);
  }
  EXPECT_GT(same, 600);
  EXPECT_GT(beside, 600);
  EXPECT_GT(plus, 50);
  EXPECT_GT(minus, 50);
}

TEST(PlantTies, SomeAgreeInAllButTheirLastBits) {
  const auto pool = Spread(1000, -0.3);
  auto values = Spread(4000, 0.1);
  PlantTies(values, pool, DType::kF32, -1, 1, 5);
  const double largest = *std::ranges::max_element(pool);
  std::set<float> close;
  for (const double value : values)
    if (value <= largest && value > largest * (1 - 0x1p-16))
      close.insert(static_cast<float>(value));
  EXPECT_GT(close.size(), 32u);
}

TEST(PlantTies, NothingLeavesTheRange) {
  const std::vector<double> pool = {2, 4};
  std::vector<double> values(1000, 3);
  PlantTies(values, pool, DType::kF32, 2, 4, 5);
  for (const double value : values) {
    EXPECT_GE(value, 2);
    EXPECT_LE(value, 4);
  }
}

TEST(PlantTies, NeighboursOfNarrowFormatsDifferOnceStored) {
  for (const DType dtype : {DType::kF16, DType::kBF16, DType::kF64}) {
    std::vector<double> values(500, 3);
    PlantTies(values, {1.5}, dtype, 1, 4, 9);
    std::set<double> stored;
    for (const double value : values) stored.insert(Stored(dtype, value));
    EXPECT_EQ(stored.size(), 4u) << DTypeName(dtype);
  }
}

TEST(ShrinkSome, AQuarterBecomesTiny) {
  std::vector<double> pool(1000, 0.5);
  ShrinkSome(pool, 3);
  const auto tiny = std::ranges::count_if(pool, [](double v) { return v < 0.5 / 128; });
  EXPECT_NEAR(tiny, 250, 60);
  EXPECT_GT(*std::ranges::min_element(pool), 0x1p-26);
  EXPECT_EQ(*std::ranges::max_element(pool), 0.5);
}

}  // namespace
}  // namespace kernelevolve::worker
