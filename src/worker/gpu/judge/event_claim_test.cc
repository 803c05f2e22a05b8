#include "worker/gpu/judge/event_claim.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker::gpu {
namespace {

// Behind a flush of 45 us, an empty call takes 50 us by the host's clock.
const std::vector<TimeSample> kEmpty = {{2, 900'000}, {2, 50'000}, {2, 49'000},
                                        {2, 51'000}, {2, 50'500}};

std::optional<Failure> Judge(const std::vector<TimeSample>& calls) {
  EventClaims claims;
  claims.Start(kEmpty);
  for (const TimeSample& call : calls) claims.Add(call);
  return claims.Check("large");
}

TEST(EventClaims, HonestEventsHoldWhatTheHostSaw) {
  EXPECT_FALSE(Judge({{400, 448'000}, {400, 452'000}, {401, 450'000}}));
  EXPECT_FALSE(Judge({{2, 50'000}, {3, 52'000}, {2, 49'000}}));
  EXPECT_FALSE(Judge({}));
}

TEST(EventClaims, AnInterruptedHostIsNoLie) {
  EXPECT_FALSE(Judge({{400, 4'450'000}, {400, 450'000}, {400, 9'000'000},
                      {400, 450'000}}));
  EXPECT_FALSE(Judge({{5, 75'000}, {5, 74'000}, {5, 75'000}})) << "20 us more";
}

TEST(EventClaims, EventsThatAreMuchTooNearAreALie) {
  const auto failure = Judge({{200, 450'000}, {200, 451'000}, {400, 450'000}});
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kClockTamper);
  EXPECT_EQ(failure->check, "clock_claim");
  EXPECT_EQ(failure->message,
            "events on the device say 200.0 us of a call that took 400.5 us by the "
            "host's clock, at shape large");
  EXPECT_TRUE(Judge({{1, 100'000}, {1, 100'000}, {1, 100'000}}));
}

TEST(EventClaims, WithoutAnEmptyCallNothingIsSaid) {
  EventClaims claims;
  claims.Start({});
  for (int i = 0; i < 5; ++i) claims.Add({1, 1'000'000});
  EXPECT_FALSE(claims.Check("large"));
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
