#include "worker/gpu/judge/verdict_notes.h"

#include <gtest/gtest.h>

#include "worker/testing/tasks.h"

namespace kernelevolve::worker::gpu {
namespace {

TEST(VerdictNotes, ThePanelsPrecisionIsThatOfItsSwitches) {
  Task task = testing::OneInputTask("f32", "normal(0, 1)");
  EXPECT_NE(PanelPrecision(task).find("TF32 off"), std::string::npos);
  task.objective.precision = "tf32";
  EXPECT_NE(PanelPrecision(task).find("TF32 on"), std::string::npos);
  EXPECT_EQ(PanelPrecision(task).find("kernels alone"), std::string::npos);
  task.objective.precision = "bf16";
  EXPECT_NE(PanelPrecision(task).find("TF32 off"), std::string::npos);
  EXPECT_NE(PanelPrecision(task).find("\"bf16\" is for kernels alone"),
            std::string::npos);
}

TEST(VerdictNotes, NarrowShapesAreNamed) {
  EXPECT_EQ(NarrowAnswers({}), "");
  EXPECT_NE(NarrowAnswers({"b", "a"}).find("shapes: a, b"), std::string::npos);
}

TEST(VerdictNotes, SpentMemoryHasBothNumbers) {
  const std::string text = SpentMemory("64 bytes asked", 12, 345);
  EXPECT_NE(text.find("12 of 345 bytes"), std::string::npos) << text;
  EXPECT_NE(text.find("64 bytes asked"), std::string::npos) << text;
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
