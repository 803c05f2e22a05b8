// Device memory of a task, on the stand-in for the driver: its addresses are
// this process's own.
#include "worker/gpu/judge/gpu_session.h"

#include <gtest/gtest.h>

#include <set>

#include "base/file.h"
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

TensorSpec Tensor(const std::string& name) {
  TensorSpec tensor;
  tensor.name = name;
  tensor.shape.push_back(Expression::Parse("n").value());
  return tensor;
}

TEST(TaskMemory, AKernelGetsNoAnswerOfThePanels) {
  const fs::path own = fs::read_symlink("/proc/self/exe").parent_path();
  const auto driver = Driver::Open((own / "libfake_driver.so").string()).value();
  Task task;
  task.inputs = {Tensor("a"), Tensor("b")};
  task.outputs = {Tensor("y"), Tensor("z")};
  ShapeCase shape;
  shape.name = "only";
  shape.dims = {{"n", 64}};
  const auto memory = TaskMemory::Create(*driver, 0, task, {shape}).value();
  std::set<int64_t> all, lent;
  for (const auto* slots :
       {&memory->inputs, &memory->outputs, &memory->panel_outputs})
    for (const Slot& slot : *slots) all.insert(slot.id);
  all.insert(memory->workspace.id);
  EXPECT_EQ(all.size(), 7u) << "a name for each";
  for (const Slot* slot : memory->KernelSlots()) {
    lent.insert(slot->id);
    const bool input = slot->id == memory->inputs[0].id ||
                       slot->id == memory->inputs[1].id;
    EXPECT_EQ(slot->writable, !input);
  }
  EXPECT_EQ(lent.size(), 5u);
  for (const Slot& slot : memory->panel_outputs)
    EXPECT_EQ(lent.count(slot.id), 0u);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
