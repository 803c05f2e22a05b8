#include "worker/gpu/judge/gpu_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/file.h"

namespace kernelevolve::worker::gpu {
namespace {

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
