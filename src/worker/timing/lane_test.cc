#include "worker/timing/lane.h"

#include <gtest/gtest.h>

#include <future>

namespace kernelevolve::worker {
namespace {

using std::chrono::milliseconds;

class LaneTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(folder_); }
  Lane Make(bool crowded) const { return Lane(folder_->path() / "lane", crowded); }

  // Whether `hold` is granted before `other` is given back, and that it is
  // afterwards.
  template <typename Take>
  static bool Waits(LaneHold other, Take take) {
    auto taken = std::async(std::launch::async, [&] { return take().has_value(); });
    const bool waited =
        taken.wait_for(milliseconds(50)) == std::future_status::timeout;
    other = LaneHold();
    EXPECT_TRUE(taken.get());
    return waited;
  }

  Result<TempFolder> folder_ = TempFolder::Create("lane-test");
};

TEST_F(LaneTest, OneTimesAtATime) {
  const Lane lane = Make(true), same = Make(true);
  auto hold = lane.Exclude();
  ASSERT_TRUE(hold);
  EXPECT_TRUE(Waits(*std::move(hold), [&] { return same.Exclude(); }));
}

TEST_F(LaneTest, OnACrowdedMachineBuildsWaitForWhoTimes) {
  const Lane lane = Make(true);
  auto hold = lane.Exclude();
  ASSERT_TRUE(hold);
  EXPECT_TRUE(Waits(*std::move(hold), [&] { return lane.Share(); }));
}

TEST_F(LaneTest, ManyBuildTogetherAndWhoTimesWaits) {
  const Lane lane = Make(true);
  auto first = lane.Share();
  auto second = lane.Share();
  ASSERT_TRUE(first && second);
  *second = LaneHold();
  EXPECT_TRUE(Waits(*std::move(first), [&] { return lane.Exclude(); }));
}

TEST_F(LaneTest, WithCoresToSpareBuildsDoNotWait) {
  const Lane lane = Make(false);
  auto hold = lane.Exclude();
  ASSERT_TRUE(hold);
  EXPECT_TRUE(lane.Share()) << "nobody would end a wait";
}

TEST_F(LaneTest, ALaneOfAGpuIsTheWholeMachines) {
  const std::string name = folder_->path().filename().string() + ".lock";
  int told = 0;
  const Lane mine(fs::path("/home/me") / name, [&] { ++told; });
  const Lane yours(fs::path("/home/you") / name, [&] { ++told; });
  auto hold = mine.Exclude();
  ASSERT_TRUE(hold) << hold.error().message;
  EXPECT_TRUE(Waits(*std::move(hold), [&] { return yours.Exclude(); }));
  EXPECT_EQ(told, 0);
  for (const char* folder : {"/run/lock", "/tmp"})
    fs::remove(fs::path(folder) / ("kernelevolve-" + name));
}

TEST(PinnedThreadTest, PinsAndRestores) {
  const std::vector<int> before = AllowedCpus();
  {
    const PinnedThread pinned(before.back());
    EXPECT_EQ(AllowedCpus(), std::vector<int>{before.back()});
  }
  EXPECT_EQ(AllowedCpus(), before);
}

}  // namespace
}  // namespace kernelevolve::worker
