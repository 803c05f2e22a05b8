#include "worker/timing/early_charge.h"

#include <gtest/gtest.h>

#include <numeric>

namespace kernelevolve::worker {
namespace {

// Beside the clock, microseconds; calls of 100 us.
ClockedSide Side(const std::vector<double>& beside, size_t threads = 1) {
  ClockedSide side;
  side.threads = threads;
  for (const double us : beside) side.calls.push_back({100e3, us * 1e3});
  return side;
}

// What a quiet machine shows of any kernel without work beside its clock.
const std::vector<double> kHonest = {10, 11, 10, 12, 13, 11, 10, 14, 11, 16};

double Sum(const std::vector<double>& charges) {
  return std::accumulate(charges.begin(), charges.end(), 0.0);
}

double ChargedUs(const ClockedSide& side) {
  return Sum(EarlyCharge({Side(kHonest)}).Of(side)) * 1e-3;
}

std::vector<double> Plus(std::vector<double> beside, double us, size_t every) {
  for (size_t i = 0; i < beside.size(); i += every) beside[i] += us;
  return beside;
}

TEST(EarlyCharge, AnEqualIsChargedNothing) {
  EXPECT_EQ(ChargedUs(Side(kHonest)), 0);
}

TEST(EarlyCharge, WorkInEachCallIsAdded) {
  EXPECT_GT(ChargedUs(Side(Plus(kHonest, 75, 1))), 0.9 * 10 * 75);
  EXPECT_GT(ChargedUs(Side(Plus(kHonest, 10, 1))), 0.5 * 10 * 10);
}

TEST(EarlyCharge, WorkInSomeCallsIsAddedToThese) {
  const auto charges =
      EarlyCharge({Side(kHonest)}).Of(Side(Plus(kHonest, 75, 5)));
  EXPECT_GT(charges[0], 50e3);
  EXPECT_GT(charges[5], 50e3);
  EXPECT_EQ(charges[1], 0);
}

TEST(EarlyCharge, ThreadsThatSleepCostNothingUnlessTheyAreMany) {
  EXPECT_EQ(ChargedUs(Side(Plus(kHonest, 24, 1), 4)), 0);
  EXPECT_GT(ChargedUs(Side(Plus(kHonest, 24, 1), 1)), 0);
  EXPECT_GT(ChargedUs(Side(Plus(kHonest, 500, 1), 60)), 10 * 400);
}

TEST(EarlyCharge, InterruptedCallsAreNoMeasure) {
  // Less CPU time than the clock showed.
  const EarlyCharge charge({Side(std::vector<double>(10, -800))});
  EXPECT_EQ(Sum(charge.Of(Side(std::vector<double>(10, -800)))), 0);
  EXPECT_EQ(Sum(charge.Of(Side(std::vector<double>(10, 2)))), 0);
}

TEST(EarlyCharge, FewCallsSayNothing) {
  EXPECT_EQ(ChargedUs(Side({500, 500})), 0);
  EXPECT_EQ(Sum(EarlyCharge({Side({10, 10})}).Of(Side(Plus(kHonest, 75, 1)))), 0);
}

}  // namespace
}  // namespace kernelevolve::worker
