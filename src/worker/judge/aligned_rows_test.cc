#include "worker/judge/aligned_rows.h"

#include <gtest/gtest.h>

#include <cmath>

#include "worker/judge/scalar.h"
#include "worker/testing/tasks.h"

namespace kernelevolve::worker {
namespace {

constexpr int64_t kRows = 256, kColumns = 16;

// Two matrices of each of q and k, f32.
Task Scores(std::string_view shape_of_k = R"(["b", "s", "d"])") {
  return testing::TaskFrom(format(R"toml(name = "scores"
summary = "scores"
operator = "map"
dims = ["b", "s", "d"]
[[inputs]]
name = "q"
dtype = "f32"
shape = ["b", "s", "d"]
values = "normal(0, 1)"
[[inputs]]
name = "k"
dtype = "f32"
shape = {}
values = "normal(0, 1)"
[[outputs]]
name = "out"
dtype = "f32"
shape = ["b", "s", "d"]
[[shapes]]
name = "listed"
b = 2
s = 256
d = 16
[domain]
b = [1, 4]
s = [1, 512]
d = [1, 64]
[reference]
cpp = "reference.cc"
)toml", shape_of_k));
}

// Of the first query rows of the second matrix; over the root of the columns.
class Drawn {
 public:
  explicit Drawn(int64_t trial) : task_(Scores()) {
    InputCase one{task_.shapes[0], InputFamily::kAligned, trial};
    set_ = InputGenerator(task_, "secret").Draw(one);
  }
  double Score(int64_t query, int64_t key) const {
    double sum = 0;
    for (int64_t i = 0; i < kColumns; ++i)
      sum += At(0, query, i) * At(1, key, i);
    return sum / std::sqrt(static_cast<double>(kColumns));
  }
  int64_t Best(int64_t query) const {
    int64_t best = 0;
    for (int64_t key = 0; key < kRows; ++key)
      if (Score(query, key) > Score(query, best)) best = key;
    return best;
  }

 private:
  double At(size_t input, int64_t row, int64_t column) const {
    return LoadScalar(DType::kF32, set_.tensors[input].data(),
                      (kRows + row) * kColumns + column);
  }
  Task task_;
  InputSet set_;
};

TEST(AlignedRows, OneKeyOutweighsAllOthersMoreAndMore) {
  const Drawn drawn(0);
  EXPECT_EQ(drawn.Best(kRows - 1), 0);
  EXPECT_NEAR(drawn.Score(kRows - 1, 0), 16, 2);
  EXPECT_NEAR(drawn.Score(kRows / 2, 0), 8, 1);
  for (int64_t key = 1; key < kRows; ++key)
    EXPECT_LT(std::fabs(drawn.Score(kRows - 1, key)), 2) << key;
}

TEST(AlignedRows, AtOddTrialsItMayBeAnyKey) {
  const Drawn drawn(1);
  const int64_t best = drawn.Best(kRows - 1);
  EXPECT_GT(best, 0);
  EXPECT_EQ(drawn.Best(kRows / 2), best);
}

TEST(AlignedRows, OpposedOnesAreAllEquallyFarBelow) {
  const Drawn drawn(kOpposedTrial);
  EXPECT_NEAR(drawn.Score(0, 0), -12000, 1);
  for (int64_t key = 0; key < kRows; ++key) {
    EXPECT_EQ(drawn.Score(0, key), drawn.Score(0, 0));
    EXPECT_EQ(drawn.Score(key, 0), drawn.Score(0, 0));
  }
}

TEST(AlignedRows, OpposedOnesNeedValuesBesideThem) {
  Task task = Scores();
  EXPECT_FALSE(HasOpposedTrial(task));
  task.inputs.push_back(task.inputs[0]);
  EXPECT_FALSE(HasOpposedTrial(task)) << "in single precision";
  for (TensorSpec& input : task.inputs) input.dtype = DType::kBF16;
  EXPECT_TRUE(HasOpposedTrial(task));
  task.inputs.pop_back();
  EXPECT_FALSE(HasOpposedTrial(task));
  EXPECT_FALSE(HasOpposedTrial(testing::MatrixTask()));
}

TEST(AlignedRows, TheirShapeHasAsManyAsTheDomain) {
  const auto shape = DrawAlignedShape(Scores());
  ASSERT_TRUE(shape);
  EXPECT_EQ(shape->dims.at("s"), 512);
  EXPECT_GE(shape->dims.at("d"), 8);
}

TEST(AlignedRows, OnlyWhereTwoInputsHaveTheSameExtents) {
  EXPECT_EQ(AlignedTrials(Scores()), 2);
  const Task other = Scores(R"(["b", "d", "s"])");
  EXPECT_EQ(AlignedTrials(other), 0);
  EXPECT_FALSE(DrawAlignedShape(other));
  EXPECT_EQ(AlignedTrials(testing::MatrixTask()), 0);
}

}  // namespace
}  // namespace kernelevolve::worker
