#include "worker/timing/report.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

// One shape whose calls take 10 us.
TimedShapes Timed(double floor_us) {
  TimedShapes timed;
  timed.shapes.resize(1);
  timed.shapes[0].name = "only";
  timed.times.resize(1);
  timed.times[0].floor_us = floor_us;
  timed.times[0].processes.resize(1);
  timed.times[0].processes[0].candidate_us.assign(8, 10.0);
  return timed;
}

TEST(CheckPhysics, ATimeMayBeAtItsBoundAndALittleBelow) {
  EXPECT_FALSE(CheckPhysics(Timed(0)));
  EXPECT_FALSE(CheckPhysics(Timed(10)));
  EXPECT_FALSE(CheckPhysics(Timed(11)));
  const auto failure = CheckPhysics(Timed(12));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kImpossibleSpeed);
  EXPECT_NE(failure->message.find("12.00 us"), std::string::npos);
}

TEST(BreachedAgain, TellsBothBounds) {
  const auto first = CheckPhysics(Timed(20)), second = CheckPhysics(Timed(15));
  ASSERT_TRUE(first && second);
  const Failure both = BreachedAgain(*first, *second);
  EXPECT_EQ(both.code, Code::kImpossibleSpeed);
  EXPECT_LT(both.message.find("15.00 us"), both.message.find("20.00 us"));
  EXPECT_NE(both.message.find("20.00 us"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::worker
