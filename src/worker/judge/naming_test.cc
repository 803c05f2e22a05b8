#include "worker/judge/naming.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kernelevolve::worker {
namespace {

const Failure kWrong{Code::kWrongOutput, "3 of 4 elements of y are wrong",
                     "compare", ""};

// What a kernel is called that is right on the families of `right`.
Code NamedWhere(std::vector<InputFamily> right, const Failure& failure = kWrong,
                const CheckSet& checks = CheckSet()) {
  InputCase failed;
  failed.trial = 7;
  const auto outcome = NameByOrder(
      failure, failed, checks, [&](const InputCase& tried) -> Verdictless {
        EXPECT_EQ(tried.trial, 7);
        for (const InputFamily family : right)
          if (family == tried.family) return std::nullopt;
        return kWrong;
      });
  EXPECT_TRUE(outcome && *outcome);
  return (*outcome)->code;
}

TEST(Naming, RightOnSortedValuesOnlyIsOverfit) {
  EXPECT_EQ(NamedWhere({InputFamily::kAscending}), Code::kInputOverfit);
  EXPECT_EQ(NamedWhere({InputFamily::kDescending}), Code::kInputOverfit);
  EXPECT_EQ(NamedWhere({}), Code::kWrongOutput);
}

TEST(Naming, OtherFailuresAndOtherWishesAreLeftAlone) {
  Failure imprecise = kWrong;
  imprecise.code = Code::kPrecision;
  EXPECT_EQ(NamedWhere({InputFamily::kAscending}, imprecise), Code::kPrecision);
  const auto without = CheckSet::Without({"input_families"});
  ASSERT_TRUE(without);
  EXPECT_EQ(NamedWhere({InputFamily::kAscending}, kWrong, *without),
            Code::kWrongOutput);
}

TEST(Naming, ATrialThatBreaksEndsIt) {
  const auto outcome =
      NameByOrder(kWrong, InputCase(), CheckSet(),
                  [](const InputCase&) -> Verdictless { return Broken("gone"); });
  EXPECT_FALSE(outcome);
}

bool Differs(const std::vector<float>& one, const std::vector<float>& other) {
  return BeyondRounding(DType::kF32, reinterpret_cast<const uint8_t*>(one.data()),
                        reinterpret_cast<const uint8_t*>(other.data()),
                        static_cast<int64_t>(one.size()));
}

TEST(Naming, SumsInAnotherOrderAreNoRace) {
  EXPECT_FALSE(Differs({1, 2, 3}, {1, 2, 3}));
  EXPECT_FALSE(Differs({1, 2, 3}, {1.000001f, 2, 3}));
  EXPECT_FALSE(Differs({0, 2, 3}, {1e-6f, 2, 3})) << "of the others' size";
  EXPECT_FALSE(Differs({NAN, 2}, {NAN, 2.000001f}));
}

TEST(Naming, AMissingTermIsOne) {
  EXPECT_TRUE(Differs({1, 2, 3}, {1, 2, 2.5f}));
  EXPECT_TRUE(Differs({1, 2, 3}, {1, NAN, 3}));
  EXPECT_TRUE(Differs({1, 2, INFINITY}, {1, 2, 3}));
}

TEST(Naming, IntegersThatDifferAreOne) {
  const int32_t one[] = {1 << 28, 2}, other[] = {(1 << 28) + 1, 2};
  EXPECT_TRUE(BeyondRounding(DType::kI32, reinterpret_cast<const uint8_t*>(one),
                             reinterpret_cast<const uint8_t*>(other), 2));
}

TEST(Naming, AShareOfWhatTheFormatExcusesIsLess) {
  const float one[] = {1, 2, 3}, other[] = {1, 2, 3.00002f};
  const auto differ = [&](double share) {
    return BeyondRounding(DType::kF32, reinterpret_cast<const uint8_t*>(one),
                          reinterpret_cast<const uint8_t*>(other), 3, share);
  };
  EXPECT_FALSE(differ(1));
  EXPECT_TRUE(differ(0.5));
}

TEST(Naming, ARaceTellsWhatWasWrong) {
  const Failure raced = Raced(kWrong, 6);
  EXPECT_EQ(raced.code, Code::kRace);
  EXPECT_NE(raced.message.find(kWrong.message), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::worker
