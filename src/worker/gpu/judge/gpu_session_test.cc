// Device memory of a task, on the stand-in for the driver: its addresses are
// this process's own.
#include "worker/gpu/judge/gpu_session.h"

#include <gtest/gtest.h>

#include "worker/testing/tasks.h"

namespace kernelevolve::worker::gpu {
namespace {

class ShownInputsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    shape_.name = "listed";
    shape_.dims["n"] = 3;
    auto memory = TaskMemory::Create(*driver_, 0, task_, {shape_});
    ASSERT_TRUE(memory) << memory.error().message;
    memory_ = *std::move(memory);
    const Status made = memory_->MakeShown(*driver_, 0);
    ASSERT_TRUE(made) << made.error().message;
    memory_->Place(task_, shape_, PlacementRule::kShifted, 0);
  }

  static volatile float* At(const Slot& slot) {
    return reinterpret_cast<volatile float*>(slot.payload());
  }

  const std::unique_ptr<Driver> driver_ =
      Driver::Open(fs::read_symlink("/proc/self/exe").parent_path() /
                   "libfake_driver.so")
          .value();
  Task task_ = testing::OneInputTask("f32", "normal(0, 1)");
  ShapeCase shape_;
  std::unique_ptr<TaskMemory> memory_;
};

TEST_F(ShownInputsTest, CandidatesHaveCopiesUnderTheInputsNumbers) {
  At(memory_->inputs[0])[2] = 7;
  ASSERT_TRUE(memory_->Show(*driver_, task_, /*constants=*/true));
  const Slot& shown = memory_->shown[0];
  EXPECT_EQ(At(shown)[2], 7);
  EXPECT_EQ(shown.id, memory_->inputs[0].id);
  EXPECT_EQ(shown.offset, memory_->inputs[0].offset);
  EXPECT_EQ(shown.memory->bytes(), memory_->inputs[0].memory->bytes());
}

TEST_F(ShownInputsTest, WhatIsWrittenToThemIsNoInputOfThePanels) {
  At(memory_->inputs[0])[0] = 7;
  ASSERT_TRUE(memory_->Show(*driver_, task_, /*constants=*/true));
  At(memory_->shown[0])[0] = 0;
  EXPECT_EQ(At(memory_->inputs[0])[0], 7);
}

TEST_F(ShownInputsTest, ConstantsAreShownWhereAskedFor) {
  task_.inputs[0].constant = true;
  At(memory_->inputs[0])[0] = 7;
  At(memory_->shown[0])[0] = 1;
  ASSERT_TRUE(memory_->Show(*driver_, task_, /*constants=*/false));
  memory_->Place(task_, shape_, PlacementRule::kShifted, 0);
  EXPECT_NE(At(memory_->shown[0])[0], 7);
  ASSERT_TRUE(memory_->Show(*driver_, task_, /*constants=*/true));
  EXPECT_EQ(At(memory_->shown[0])[0], 7);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
