#include "worker/timing/panel_compare.h"

#include <gtest/gtest.h>

#include <limits>

namespace kernelevolve::worker {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

template <typename T>
int64_t Wrong(DType dtype, const std::vector<T>& candidate,
              const std::vector<T>& trusted, double relative = 1e-6) {
  const auto* y = reinterpret_cast<const uint8_t*>(candidate.data());
  const auto* b = reinterpret_cast<const uint8_t*>(trusted.data());
  const PanelComparison result = CompareOutputs(
      dtype, y, b, static_cast<int64_t>(trusted.size()), relative);
  EXPECT_EQ(result.compared, static_cast<int64_t>(trusted.size()));
  return result.wrong;
}

int64_t WrongFloats(const std::vector<float>& y, const std::vector<float>& b,
                    double relative = 1e-6) {
  return Wrong(DType::kF32, y, b, relative);
}

TEST(CompareOutputs, EqualIsRight) {
  EXPECT_EQ(WrongFloats({1, -2, 0}, {1, -2, 0}, 0), 0);
}

TEST(CompareOutputs, BothSidesMayBeOffByTheAllowance) {
  EXPECT_EQ(WrongFloats({1 + 1.9e-3f, 1}, {1, 1}, 1e-3), 0);
  EXPECT_EQ(WrongFloats({1 + 2.1e-3f, 1}, {1, 1}, 1e-3), 1);
}

TEST(CompareOutputs, SmallElementsAreMeasuredByTheTensorsScale) {
  std::vector<float> trusted(100, 1.0f), candidate = trusted;
  trusted[7] = 0;
  candidate[7] = 1e-4f;
  EXPECT_EQ(WrongFloats(candidate, trusted, 1e-3), 0);
  EXPECT_EQ(WrongFloats(candidate, trusted, 1e-5), 1);
}

TEST(CompareOutputs, EveryElementCounts) {
  std::vector<float> trusted(5000, 1.0f), candidate = trusted;
  for (const size_t at : {0, 1023, 1024, 4999}) candidate[at] = 2;
  EXPECT_EQ(WrongFloats(candidate, trusted), 4);
}

TEST(CompareOutputs, SpecialValuesMatchOnlyTheirOwnKind) {
  EXPECT_EQ(WrongFloats({kNan, kInf, -kInf, 1}, {kNan, kInf, -kInf, 1}), 0);
  EXPECT_EQ(WrongFloats({kInf, 1}, {-kInf, 1}), 1);
  EXPECT_EQ(WrongFloats({kNan, 1}, {kInf, 1}), 1);
  EXPECT_EQ(WrongFloats({kInf, 1}, {kNan, 1}), 1);
  EXPECT_EQ(WrongFloats({kNan, 1}, {1, 1}), 1);
  EXPECT_EQ(WrongFloats({1, 1}, {kNan, 1}), 1);
}

TEST(CompareOutputs, SmallDifferencesEverywhereShowInTheirMean) {
  std::vector<float> trusted(5000, 2.0f), few = trusted, all = trusted;
  few[7] = 2.004f;
  for (float& value : all) value = 2.004f;
  const auto rms = [&](const std::vector<float>& candidate) {
    const PanelComparison result = CompareOutputs(
        DType::kF32, reinterpret_cast<const uint8_t*>(candidate.data()),
        reinterpret_cast<const uint8_t*>(trusted.data()), 5000, 1e-2);
    EXPECT_EQ(result.wrong, 0);
    return result.rms;
  };
  EXPECT_EQ(rms(trusted), 0);
  EXPECT_NEAR(rms(all), 2e-3, 1e-6);
  EXPECT_LT(rms(few), 1e-4);
}

TEST(CompareOutputs, IntegersMustBeEqual) {
  EXPECT_EQ(Wrong<int32_t>(DType::kI32, {1, 2, 3}, {1, 2, 3}), 0);
  EXPECT_EQ(Wrong<int32_t>(DType::kI32, {1, 2, 4}, {1, 3, 3}), 2);
}

}  // namespace
}  // namespace kernelevolve::worker
