#include "worker/gpu/judge/library_bound.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kernelevolve::worker::gpu {
namespace {

Comparison Errs(double worst, double max = 0, double rms = 0) {
  Comparison errors;
  errors.worst = worst;
  errors.error_max = max;
  errors.error_rms = rms;
  return errors;
}

ExpectedOutput Output() {
  ExpectedOutput output;
  output.dtype = DType::kBF16;
  output.exact = {1, 2};
  output.allowance = {0.5f, 0.25f};
  return output;
}

TEST(WidenedByLibrary, EachOutputByItsOwnLibrary) {
  const Expected both{{Output(), Output()}};
  const auto wider = WidenedByLibrary(both, {Errs(0.75), Errs(0.25)}, 2);
  ASSERT_TRUE(wider);
  EXPECT_FLOAT_EQ(wider->outputs[0].allowance[0], 0.75f);
  EXPECT_FLOAT_EQ(wider->outputs[1].allowance[0], 0.5f);
}

TEST(WidenedByLibrary, NothingWhereTheLibraryIsWellInside) {
  EXPECT_FALSE(WidenedByLibrary({{Output()}}, {Errs(0.4)}, 2));
  EXPECT_FALSE(WidenedByLibrary({{Output()}}, {}, 2));
  EXPECT_FALSE(WidenedByLibrary({{Output()}}, {Errs(NAN)}, 2));
  EXPECT_FALSE(WidenedByLibrary({{Output()}}, {Errs(INFINITY)}, 2));
}

TEST(WidenedByLibrary, EightTimesAtMost) {
  const auto wider = WidenedByLibrary({{Output()}}, {Errs(1000)}, 4);
  ASSERT_TRUE(wider);
  EXPECT_FLOAT_EQ(wider->outputs[0].allowance[0], 4);
}

TEST(BeyondLibrary, AFewUnitsMoreAreNoMatterAndDozensAre) {
  const double u = UnitRoundoff(DType::kBF16);
  const Comparison plain = Errs(0.01, u, 0.3 * u);
  EXPECT_EQ(BeyondLibrary(Output(), Errs(0.1, 6 * u, u), plain), "");
  EXPECT_NE(BeyondLibrary(Output(), Errs(0.2, 27 * u, u), plain), "");
  EXPECT_NE(BeyondLibrary(Output(), Errs(0.2, 8 * u, 6 * u), plain), "");
}

TEST(BeyondLibrary, ATaskWithATolerancesIsNotAsked) {
  ExpectedOutput tolerant = Output();
  tolerant.baseline_max = INFINITY;
  EXPECT_EQ(BeyondLibrary(tolerant, Errs(0.9, 0.1, 0.1), Errs(0, 0, 0)), "");
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
