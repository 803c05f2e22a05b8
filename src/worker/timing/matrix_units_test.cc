#include "worker/timing/matrix_units.h"

#include <gtest/gtest.h>

#include "worker/testing/tasks.h"

namespace kernelevolve::worker {
namespace {

Task Of(std::initializer_list<DType> dtypes) {
  Task task = testing::OneInputTask("f32", "normal(0, 1)");
  const TensorSpec input = task.inputs[0];
  task.inputs.clear();
  for (const DType dtype : dtypes) {
    task.inputs.push_back(input);
    task.inputs.back().dtype = dtype;
  }
  return task;
}

double Gain(std::initializer_list<DType> dtypes, const MatrixUnits& units = {}) {
  return ArithmeticGain(Of(dtypes), units);
}

TEST(ArithmeticGain, WithoutUnitsOnlyShortIntegersAreQuicker) {
  for (const DType dtype : {DType::kF64, DType::kF32, DType::kF16, DType::kBF16,
                            DType::kF8E4M3, DType::kI64, DType::kI32})
    EXPECT_EQ(Gain({dtype}), 1);
  EXPECT_EQ(Gain({DType::kI16}), 2);
  EXPECT_EQ(Gain({DType::kI8}), 2);
  EXPECT_EQ(Gain({}), 1);
}

TEST(ArithmeticGain, VectorUnitsForShortNumbers) {
  EXPECT_EQ(Gain({DType::kF16}, {.avx512_f16 = true}), 2);
  EXPECT_EQ(Gain({DType::kBF16}, {.avx512_f16 = true}), 1);
  EXPECT_EQ(Gain({DType::kBF16}, {.avx512_bf16 = true}), 2);
  EXPECT_EQ(Gain({DType::kF8E5M2}, {.avx512_bf16 = true}), 2);
  EXPECT_EQ(Gain({DType::kU8}, {.vnni = true}), 4);
  EXPECT_EQ(Gain({DType::kF32}, {.avx512_f16 = true, .avx512_bf16 = true, .vnni = true}),
            1);
}

TEST(ArithmeticGain, TilesForNumbersThatTheyTake) {
  const MatrixUnits tiles{.amx_bf16 = true, .amx_int8 = true};
  EXPECT_EQ(Gain({DType::kBF16}, tiles), 32);
  EXPECT_EQ(Gain({DType::kF8E4M3}, tiles), 32);
  EXPECT_EQ(Gain({DType::kI8}, tiles), 64);
  EXPECT_EQ(Gain({DType::kI16}, tiles), 16);
  EXPECT_EQ(Gain({DType::kF16}, {.amx_f16 = true}), 32);
  EXPECT_EQ(Gain({DType::kF8E4M3}, {.amx_f8 = true}), 64);
}

// Every other number is made of bf16 parts.
TEST(ArithmeticGain, NeverLessThanPartsReach) {
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kI64, DType::kI32,
                            DType::kI16, DType::kI8, DType::kU8})
    EXPECT_DOUBLE_EQ(Gain({dtype}, {.amx_bf16 = true}), 32.0 / 3);
  EXPECT_EQ(Gain({DType::kF32}, {.amx_int8 = true}), 1);
}

TEST(ArithmeticGain, TheShortestInputCountsAndNoMask) {
  const MatrixUnits tiles{.amx_bf16 = true, .amx_int8 = true};
  EXPECT_EQ(Gain({DType::kF32, DType::kI8}, tiles), 64);
  EXPECT_EQ(Gain({DType::kBF16, DType::kI32}, tiles), 32);
  EXPECT_DOUBLE_EQ(Gain({DType::kF32, DType::kBool}, tiles), 32.0 / 3);
  EXPECT_EQ(Gain({DType::kBool}), 32);
  EXPECT_EQ(Gain({DType::kBool, DType::kBool}, tiles), 64);
}

TEST(ArithmeticGain, IsKnownOfThisCpu) {
  EXPECT_GE(ArithmeticGain(Of({DType::kF32}), UnitsOfThisCpu()), 1);
}

}  // namespace
}  // namespace kernelevolve::worker
