#include "worker/judge/nudges.h"

#include <gtest/gtest.h>

#include "worker/testing/tasks.h"

namespace kernelevolve::worker {
namespace {

ShapeCase ShapeOf(int64_t n) {
  ShapeCase shape;
  shape.name = "n";
  shape.dims["n"] = n;
  return shape;
}

std::shared_ptr<const Expected> Answer(double value) {
  ExpectedOutput output;
  output.exact = {1, value};
  output.allowance = {0.1f, 0.1f};
  return std::make_shared<const Expected>(Expected{{output}});
}

TEST(TellingNudges, ChangesThatTheAnswerDoesNotShowAreLeftOut) {
  int asked = 0;
  const auto cases = TellingNudges(
      testing::OneInputTask("f32", "normal(0, 1)"), {ShapeOf(4), ShapeOf(2), ShapeOf(8)},
      [&](const InputCase& one) -> Result<std::shared_ptr<const Expected>> {
        ++asked;
        const bool shown = one.nudged_elements > 0 && one.nudge_trial % 2 == 0;
        return Answer(shown ? 2.5 : 2.05);
      });
  ASSERT_EQ(cases->size(), 9u);
  EXPECT_EQ(asked, 17) << "it stops once there are enough";
  EXPECT_EQ((*cases)[0].nudged_elements, 0);
  for (size_t i = 1; i < 9; ++i) {
    EXPECT_EQ((*cases)[i].nudged_elements, 1);
    EXPECT_EQ((*cases)[i].nudge_trial, static_cast<int64_t>(2 * i));
    EXPECT_EQ((*cases)[i].shape.dims.at("n"), 8);
  }
}

TEST(TellingNudges, AShapeThatShowsNothingIsFollowedByTheNext) {
  const auto cases = TellingNudges(
      testing::OneInputTask("f32", "normal(0, 1)"), {ShapeOf(8), ShapeOf(4)},
      [](const InputCase& one) -> Result<std::shared_ptr<const Expected>> {
        const bool shown = one.nudged_elements > 0 && one.shape.dims.at("n") == 4;
        return Answer(shown ? 3 : 2);
      });
  ASSERT_EQ(cases->size(), 10u) << "two to start from, and eight";
  EXPECT_EQ((*cases)[1].shape.dims.at("n"), 4);
  EXPECT_EQ((*cases)[1].nudged_elements, 0);
}

// Else those of an input that every answer shows would be all.
TEST(TellingNudges, EachInputHasSome) {
  Task task = testing::OneInputTask("f32", "normal(0, 1)");
  task.inputs.push_back(task.inputs[0]);
  const auto cases = TellingNudges(
      task, {ShapeOf(8)},
      [](const InputCase& one) -> Result<std::shared_ptr<const Expected>> {
        const bool second = one.nudge_trial % 2 == 1;  // shown one time in three
        const bool shown = one.nudged_elements > 0 &&
                           (!second || one.nudge_trial % 3 == 0);
        return Answer(shown ? 3 : 2);
      });
  ASSERT_EQ(cases->size(), 9u);
  EXPECT_EQ((*cases)[3].nudge_trial, 4);
  EXPECT_EQ((*cases)[8].nudge_trial, 21);
}

TEST(TellingNudges, IntegersHaveNone) {
  Task task = testing::OneInputTask("f32", "normal(0, 1)");
  for (TensorSpec& input : task.inputs) input.dtype = DType::kI32;
  const auto cases = TellingNudges(
      task, {ShapeOf(8)},
      [](const InputCase&) -> Result<std::shared_ptr<const Expected>> {
        return Broken("nobody asks");
      });
  EXPECT_TRUE(cases->empty());
}

TEST(TellingNudges, WhatCannotBeAnsweredIsTold) {
  const auto cases = TellingNudges(
      testing::OneInputTask("f32", "normal(0, 1)"), {ShapeOf(8)},
      [](const InputCase&) -> Result<std::shared_ptr<const Expected>> {
        return Broken("no reference");
      });
  ASSERT_FALSE(cases);
  EXPECT_EQ(cases.error().message, "no reference");
}

// A kernel that kept what it made of them at the same addresses.
TEST(TellingNudges, ConstantsAreChangedAtTheFirstShape) {
  Task task = testing::OneInputTask("f32", "normal(0, 1)");
  task.inputs.push_back(task.inputs[0]);
  task.inputs[1].constant = true;
  const auto cases = TellingNudges(
      task, {ShapeOf(8), ShapeOf(4)},
      [](const InputCase& one) -> Result<std::shared_ptr<const Expected>> {
        return Answer(one.IsNudged() && one.nudge_trial % 2 == 0 ? 3 : 2);
      });
  ASSERT_EQ(cases->size(), 11u) << "one to start from, eight, and two of constants";
  for (size_t i = 9; i < 11; ++i) {
    EXPECT_EQ((*cases)[i].nudged_elements, 0);
    EXPECT_EQ((*cases)[i].nudged_constants, 1);
    EXPECT_EQ((*cases)[i].shape.dims.at("n"), 8);
  }
}

}  // namespace
}  // namespace kernelevolve::worker
