#include "worker/timing/roofs.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "worker/testing/tasks.h"
#include "worker/timing/lane.h"

namespace kernelevolve::worker {
namespace {

Roofs Simple() {
  Roofs roofs;
  roofs.flops_f32 = 1e9;
  roofs.flops_f64 = 5e8;
  roofs.bytes_cold = 1e8;
  roofs.bytes_hot = 1e10;
  roofs.cold_to_hot = 10;
  return roofs;
}

Task WithCost(const std::string& flops, const std::string& bytes) {
  Task task = testing::OneInputTask("f32", "normal(0, 1)");
  task.flops = Expression::Parse(flops).value();
  task.bytes = Expression::Parse(bytes).value();
  return task;
}

TEST(SpeedOfLight, IsTheLongerOfArithmeticAndMemory) {
  const Task arithmetic = WithCost("n * 1000", "n");
  EXPECT_DOUBLE_EQ(SpeedOfLightUs(arithmetic, arithmetic.shapes[0], Simple()), 1000);
  const Task memory = WithCost("n", "n * 8");
  EXPECT_DOUBLE_EQ(SpeedOfLightUs(memory, memory.shapes[0], Simple()), 80);
}

TEST(SpeedOfLight, WarmCachesAreQuicker) {
  Task task = WithCost("n", "n * 8");
  task.objective.cold_cache = false;
  EXPECT_DOUBLE_EQ(SpeedOfLightUs(task, task.shapes[0], Simple()), 1);
}

TEST(SpeedOfLight, WithoutACostThereIsNoBound) {
  const Task task = testing::OneInputTask("f32", "normal(0, 1)");
  EXPECT_EQ(SpeedOfLightUs(task, task.shapes[0], Simple()), 0);
}

class RoofsFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(folder_);
    file_ = folder_->path() / "roofs.json";
  }
  Roofs Load() { return LoadOrMeasureRoofs(file_, AllowedCpus().front()); }

  Result<TempFolder> folder_ = TempFolder::Create("roofs-test");
  fs::path file_;
};

TEST_F(RoofsFileTest, MeasuredOnceAndKept) {
  const Roofs measured = Load();
  EXPECT_GT(measured.flops_f32, measured.flops_f64);
  EXPECT_GT(measured.bytes_hot, 1.2 * measured.bytes_cold);
  EXPECT_GT(measured.bytes_cold, 0);
  EXPECT_GT(measured.cold_to_hot, 0);
  EXPECT_EQ(Load().flops_f32, measured.flops_f32);
}

TEST_F(RoofsFileTest, AFileThatMakesNoSenseIsMeasuredAgain) {
  for (const char* text : {"", "{}", "[1]", R"({"cold_to_hot": 3})",
                           R"({"flops_f32": 0, "flops_f64": 1, "bytes_cold": 1,
                               "bytes_hot": 1, "cold_to_hot": 1})"}) {
    ASSERT_TRUE(WriteFileAtomic(file_, text));
    EXPECT_GT(Load().flops_f32, 1e6) << text;
  }
}

}  // namespace
}  // namespace kernelevolve::worker
