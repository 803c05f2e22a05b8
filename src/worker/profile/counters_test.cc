#include "worker/profile/counters.h"

#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "worker/profile/observed_calls.h"
#include "worker/profile/sampler.h"

namespace kernelevolve::worker {
namespace {

using std::chrono::milliseconds;

int64_t CpuTimeNs() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * 1'000'000'000 + used.tv_nsec;
}

// Of CPU time: what is counted and sampled stands still while others have the core.
void Spin(milliseconds how_long) {
  const int64_t end = CpuTimeNs() + std::chrono::nanoseconds(how_long).count();
  while (CpuTimeNs() < end) {
  }
}

TEST(ExplainRefusal, SaysWhyAndWhatWouldHelp) {
  const std::string absent = ExplainRefusal(ENOENT, "2");
  EXPECT_NE(absent.find("ENOENT"), std::string::npos);
  EXPECT_NE(absent.find("virtual machine"), std::string::npos);
  const std::string denied = ExplainRefusal(EACCES, "4");
  EXPECT_NE(denied.find("perf_event_paranoid is 4"), std::string::npos);
  EXPECT_EQ(denied, ExplainRefusal(EPERM, "4"));
  EXPECT_NE(ExplainRefusal(ENOSYS, "").find("ENOSYS"), std::string::npos);
}

// The system's own counters need no hardware; what reads them is the same.
class OwnCounters : public ::testing::Test {
 protected:
  void SetUp() override {
    counters_ = Counters::Open(
        getpid(),
        {{"task clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK}},
        &refusal_);
    if (refusal_ == EACCES || refusal_ == EPERM || refusal_ == ENOSYS)
      GTEST_SKIP() << ExplainRefusal(refusal_, PerfEventParanoid());
  }
  int refusal_ = 0;
  Counters counters_;
};

TEST_F(OwnCounters, CountBetweenStartAndStopOnly) {
  ASSERT_EQ(refusal_, 0);
  Spin(milliseconds(20));
  EXPECT_TRUE(counters_.Read().empty()) << "it never ran";
  counters_.Start();
  Spin(milliseconds(10));
  counters_.Stop();
  const auto counted = counters_.Read();
  ASSERT_EQ(counted.size(), 1u);
  EXPECT_EQ(counted[0].name, "task clock");
  EXPECT_GT(counted[0].count, 1e6);
  Spin(milliseconds(20));
  EXPECT_EQ(counters_.Read()[0].count, counted[0].count);
}

TEST(CountersTest, WhatTheMachineLacksIsLeftOut) {
  int refusal = 0;
  const Counters counters =
      Counters::Open(getpid(), {{"nonsense", 0xffff, 0}}, &refusal);
  EXPECT_TRUE(counters.empty());
  EXPECT_NE(refusal, 0);
}

TEST(PerCall, LeavesOutWhatAnEmptyCallCounts) {
  const auto counters = PerCall({{"cycles", 1000}, {"misses", 10}},
                                {{"cycles", 200}, {"misses", 50}}, 4);
  ASSERT_EQ(counters.size(), 2u);
  EXPECT_EQ(counters[0].per_call, 200);
  EXPECT_EQ(counters[1].per_call, 0) << "never below nothing";
}

TEST(SamplerTest, FindsTheLoopThatRuns) {
  auto sampler = Sampler::Open(getpid(), std::chrono::microseconds(200));
  if (!sampler) GTEST_SKIP() << sampler.error().message;
  std::vector<uint64_t> addresses;
  Spin(milliseconds(5));
  sampler->Drain(&addresses);
  EXPECT_TRUE(addresses.empty()) << "not started";
  sampler->Start();
  Spin(milliseconds(50));
  sampler->Stop();
  sampler->Drain(&addresses);
  EXPECT_GT(addresses.size(), 10u);
  const size_t seen = addresses.size();
  Spin(milliseconds(5));
  sampler->Drain(&addresses);
  EXPECT_EQ(addresses.size(), seen) << "stopped, and drained before";
}

TEST(SamplerTest, AProcessThatIsNotThere) {
  EXPECT_FALSE(Sampler::Open(1 << 30, std::chrono::microseconds(200)));
}

}  // namespace
}  // namespace kernelevolve::worker
