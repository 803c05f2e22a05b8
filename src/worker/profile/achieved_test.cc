#include "worker/profile/achieved.h"

#include <gtest/gtest.h>

#include "worker/testing/tasks.h"

namespace kernelevolve::worker {
namespace {

class AchievedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    task_ = testing::OneInputTask("f32", "normal(0, 1)");
    task_.flops = Expression::Parse("n * 20").value();
    task_.bytes = Expression::Parse("n * 8").value();
    machine_.flops_f32 = 10e9;
    machine_.flops_f64 = 5e9;
    machine_.bytes_cold = 1e9;
    machine_.bytes_hot = 50e9;
  }

  // At n = 1000: 20000 flops take 2 us, 8000 bytes 8 us.
  ShapeProfile At(double time_us, const Observation& observation = {}) {
    const auto shapes =
        AchievedShares(task_, {{.name = "listed", .time_us = time_us}},
                       RoofsForProfile(task_, machine_), observation);
    EXPECT_EQ(shapes.size(), 1u);
    return shapes.empty() ? ShapeProfile() : shapes[0];
  }

  Task task_;
  Roofs machine_;
};

TEST_F(AchievedTest, SharesOfBothRoofs) {
  const ShapeProfile shape = At(10);
  EXPECT_DOUBLE_EQ(shape.memory, 0.8);
  EXPECT_DOUBLE_EQ(shape.compute, 0.2);
  EXPECT_EQ(shape.bound, BoundClass::kMemory);
}

TEST_F(AchievedTest, TheCachesRoofWhereCachesAreWarm) {
  task_.objective.cold_cache = false;
  EXPECT_FALSE(RoofsForProfile(task_, machine_).cold);
  const ShapeProfile shape = At(4);
  EXPECT_DOUBLE_EQ(shape.memory, 0.04);
  EXPECT_DOUBLE_EQ(shape.compute, 0.5);
  EXPECT_EQ(shape.bound, BoundClass::kCompute);
}

TEST_F(AchievedTest, CountersDecideWhereRoofsDoNot) {
  Observation observation;
  observation.counters["listed"] = {{"cycles", 1000}, {"instructions", 3000}};
  EXPECT_EQ(At(100).bound, BoundClass::kLatency);
  EXPECT_EQ(At(100, observation).bound, BoundClass::kCompute);
  // 1250 lines of 64 bytes in 100 us: 0.8 of the roof.
  observation.counters["listed"].push_back({"LLC misses", 1250});
  EXPECT_EQ(At(100, observation).bound, BoundClass::kMemory);
}

TEST_F(AchievedTest, WithoutACostNothingIsClaimed) {
  task_.flops.reset();
  task_.bytes.reset();
  const ShapeProfile shape = At(10);
  EXPECT_EQ(shape.memory, 0);
  EXPECT_EQ(shape.bound, BoundClass::kUnknown);
}

TEST_F(AchievedTest, ShapesThatWereNotTimedAreLeftOut) {
  const auto roofs = RoofsForProfile(task_, machine_);
  EXPECT_TRUE(
      AchievedShares(task_, {{.name = "other", .time_us = 3}}, roofs, {})
          .empty());
  EXPECT_TRUE(AchievedShares(task_, {{.name = "listed"}}, roofs, {}).empty());
}

TEST(MeanCounters, AreWeightedLikeShapes) {
  Observation observation;
  observation.counters["a"] = {{"cycles", 100}};
  observation.counters["b"] = {{"cycles", 400}};
  const auto means = MeanCounters({{.name = "a", .weight = 2},
                                   {.name = "b", .weight = 1},
                                   {.name = "not counted", .weight = 9}},
                                  observation);
  ASSERT_EQ(means.size(), 1u);
  EXPECT_EQ(means[0].per_call, 200);
  EXPECT_TRUE(MeanCounters({{.name = "a"}}, {}).empty());
}

}  // namespace
}  // namespace kernelevolve::worker
