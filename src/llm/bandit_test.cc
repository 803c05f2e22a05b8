#include "llm/bandit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace kernelevolve {
namespace {

TEST(BanditTest, FindsTheBetterModel) {
  ModelBandit bandit({"poor", "good", "fair"});
  const double worth[] = {0.1, 0.7, 0.4};
  Random random(1);
  for (int i = 0; i < 400; ++i) {
    const auto pick = bandit.Pick({});
    ASSERT_TRUE(pick);
    bandit.Reward(bandit.arms()[*pick].name,
                  random.Uniform() < worth[*pick] ? 1.0 : 0.0);
  }
  const auto arms = bandit.arms();
  EXPECT_GT(arms[1].picks, 200);
  EXPECT_GT(arms[0].picks, 5);
}

TEST(BanditTest, CallsInFlightSpread) {
  ModelBandit bandit({"a", "b"});
  int first = 0;
  for (int i = 0; i < 10; ++i) first += *bandit.Pick({}) == 0 ? 1 : 0;
  EXPECT_EQ(first, 5);
}

TEST(BanditTest, NothingLeft) {
  ModelBandit bandit({"a", "b"});
  bandit.Disable(0);
  EXPECT_EQ(bandit.Pick({}), 1u);
  EXPECT_FALSE(bandit.Pick({1}));
}

TEST(BanditTest, RewardsAreHeldToTheirRange) {
  ModelBandit bandit({"a"});
  bandit.Reward("a", 1e9);
  bandit.Reward("a", std::nan(""));
  bandit.Reward("unknown", 1);
  EXPECT_EQ(bandit.arms()[0].total, 1);
  EXPECT_EQ(bandit.arms()[0].rewards, 2);
}

}  // namespace
}  // namespace kernelevolve
