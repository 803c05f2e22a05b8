#include "worker/sandbox/limits.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kernelevolve::worker {
namespace {

const ResourceLimit* Find(const std::vector<ResourceLimit>& limits,
                          int resource) {
  const auto found =
      std::ranges::find(limits, resource, &ResourceLimit::resource);
  return found == limits.end() ? nullptr : &*found;
}

TEST(LimitsTest, NoCoreDumpsEver) {
  const auto limits = PlanLimits({}, {});
  EXPECT_EQ(Find(limits, RLIMIT_CORE)->value.rlim_max, 0u);
}

TEST(LimitsTest, SoftEqualsHardButForTheStack) {
  for (const ResourceLimit& limit : PlanLimits({}, {})) {
    if (limit.resource == RLIMIT_STACK) continue;
    EXPECT_EQ(limit.value.rlim_cur, limit.value.rlim_max) << limit.resource;
  }
}

TEST(LimitsTest, AnRlimitStandsInForAnAbsentMemoryCgroup) {
  SandboxFacts facts;
  EXPECT_NE(Find(PlanLimits({}, facts), RLIMIT_DATA), nullptr);
  facts.memory_by_cgroup = true;
  EXPECT_EQ(Find(PlanLimits({}, facts), RLIMIT_DATA), nullptr);
}

TEST(LimitsTest, TheCgroupRefusesTasksFirst) {
  SandboxLimits limits;
  limits.tasks = 5;
  SandboxFacts facts;
  EXPECT_EQ(Find(PlanLimits(limits, facts), RLIMIT_NPROC)->value.rlim_max, 5u);
  facts.tasks_by_cgroup = true;
  EXPECT_GT(Find(PlanLimits(limits, facts), RLIMIT_NPROC)->value.rlim_max, 5u);
}

TEST(LimitsTest, NeverAboveOurOwn) {
  rlimit own = {};
  getrlimit(RLIMIT_NOFILE, &own);
  SandboxLimits limits;
  limits.open_files = 1 << 30;
  EXPECT_LE(Find(PlanLimits(limits, {}), RLIMIT_NOFILE)->value.rlim_max,
            own.rlim_max);
}

TEST(CpuMaskTest, OneBitPerCpu) {
  EXPECT_TRUE(CpuMask({}).empty());
  EXPECT_EQ(CpuMask({0, 2}), std::vector<unsigned long>{5});
  const auto wide = CpuMask({65});
  ASSERT_EQ(wide.size(), 2u);
  EXPECT_EQ(wide[0], 0u);
  EXPECT_EQ(wide[1], 2u);
  EXPECT_TRUE(CpuMask({-1}).empty());
}

}  // namespace
}  // namespace kernelevolve::worker
