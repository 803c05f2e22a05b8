#include "core/only_shapes.h"

#include <gtest/gtest.h>

#include "core/testing/task_text.h"

namespace kernelevolve {
namespace {

Task Whole() { return ParseText(kGoodTask).task; }

TEST(OnlyShapes, KeepsWhatIsNamedAndSaysSo) {
  const auto task = OnlyShapes(Whole(), {"large"}, "gpu");
  ASSERT_TRUE(task) << task.error().message;
  ASSERT_EQ(task->shapes.size(), 1u);
  EXPECT_EQ(task->shapes[0].name, "large");
  EXPECT_EQ(task->domain.at("m").high, 256);
  EXPECT_EQ(OnlyShapesNote(*task),
            "at shape large alone: 1 more of the task was left out");
  EXPECT_EQ(OnlyShapesNote(Whole()), "");
}

TEST(OnlyShapes, AnotherChoiceIsAnotherTask) {
  const Task whole = Whole();
  const auto one = OnlyShapes(whole, {"large"}, "gpu");
  const auto other = OnlyShapes(whole, {"small"}, "gpu");
  ASSERT_TRUE(one && other);
  EXPECT_NE(one->Digest(), whole.Digest());
  EXPECT_NE(one->Digest(), other->Digest());
  const auto both = OnlyShapes(whole, {"large", "small", "large"}, "gpu");
  const auto turned = OnlyShapes(whole, {"small", "large"}, "gpu");
  ASSERT_TRUE(both && turned);
  EXPECT_EQ(both->Digest(), turned->Digest());
  EXPECT_EQ(OnlyShapes(whole, {}, "gpu")->Digest(), whole.Digest());
}

TEST(OnlyShapes, TravelsInTheTasksFiles) {
  const auto task = OnlyShapes(Whole(), {"small"}, "cpu");
  ASSERT_TRUE(task);
  const ParsedTask again = ParseTask(task->files);
  ASSERT_TRUE(again.diagnostics.empty());
  EXPECT_EQ(again.task.shapes.size(), 1u);
  EXPECT_EQ(again.task.Digest(), task->Digest());
  // As `verify` and a resumed run find it.
  EXPECT_EQ(OnlyShapes(again.task, {"small"}, "cpu")->Digest(), task->Digest());
  const auto more = OnlyShapes(again.task, {"large"}, "cpu");
  ASSERT_FALSE(more);
}

TEST(OnlyShapes, UnknownNamesAreAnsweredWithTheKnown) {
  const auto task = OnlyShapes(Whole(), {"huge"}, "gpu");
  ASSERT_FALSE(task);
  EXPECT_EQ(task.error().code, ErrorCode::kBadInput);
  EXPECT_EQ(task.error().message,
            "--shape: found 'huge', expected a shape that the task scale lists "
            "for a gpu: small, large");
  EXPECT_EQ(Mistakes(Replaced(kGoodTask, "dims =",
                              "only_shapes = [\"huge\"]\ndims =")),
            "task.toml:4: only_shapes: found \"huge\", expected names of "
            "[[shapes]]: small, large\n");
}

TEST(OnlyShapes, AShapeForAnotherKindOfDeviceIsUnknown) {
  const Task task =
      ParseText(Replaced(kGoodTask, "[\"cpu\", \"gpu\"]", "[\"gpu\"]")).task;
  EXPECT_FALSE(OnlyShapes(task, {"large"}, "cpu"));
  EXPECT_TRUE(OnlyShapes(task, {"large"}, "gpu"));
}

}  // namespace
}  // namespace kernelevolve
