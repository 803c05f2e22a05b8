// The allowance of design: |y - r| <= 8 σ u + 2 u |r|. Plain float code must
// stay well inside of it, and code that sees its inputs with 16 bits of
// mantissa must fall outside, or the bound would judge nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "kernelevolve/reference.h"

// The shipped references, without their exports.
#undef KE_REFERENCE
#define KE_REFERENCE(function)
#include "tasks/attention/reference.cc"
#include "tasks/conv1d/reference.cc"
#include "tasks/gelu_bias/reference.cc"
#include "tasks/layernorm/reference.cc"
#include "tasks/matmul/reference.cc"
#include "tasks/optimized_fm/reference.cc"
#include "tasks/pffn/reference.cc"
#include "tasks/rmsnorm/reference.cc"
#include "tasks/rmsnorm_backward/reference.cc"
#include "tasks/softmax/reference.cc"

namespace {

constexpr double kRoundoff = 0x1p-24;
using Shape = std::vector<int64_t>;

// Patterns that no shipped task has.
template <typename real>
void prefix_sum(const ke_call& call) {
  real sum = 0;
  for (int64_t i = 0; i < ke::size(call.inputs[0]); ++i) {
    ke::output<real>(call, 0)[i] = sum += ke::input<real>(call, 0)[i];
  }
}

template <typename real>
void variance(const ke_call& call) {
  const int64_t cols = ke::extent(call.inputs[0], 1);
  for (int64_t row = 0; row < ke::extent(call.inputs[0], 0); ++row) {
    const real* x = ke::input<real>(call, 0) + row * cols;
    real mean = 0, squares = 0;
    for (int64_t i = 0; i < cols; ++i) mean += x[i] / real(cols);
    for (int64_t i = 0; i < cols; ++i) squares += (x[i] - mean) * (x[i] - mean);
    ke::output<real>(call, 0)[row] = squares / real(cols - 1);
  }
}

template <typename real>
void log_sum_exp(const ke_call& call) {
  const int64_t cols = ke::extent(call.inputs[0], 1);
  for (int64_t row = 0; row < ke::extent(call.inputs[0], 0); ++row) {
    const real* x = ke::input<real>(call, 0) + row * cols;
    real sum = 0;
    for (int64_t i = 0; i < cols; ++i) sum += exp(x[i]);
    ke::output<real>(call, 0)[row] = log(sum);
  }
}

struct Operator {
  std::string name;
  void (*in_float)(const ke_call&);
  void (*in_double)(const ke_call&);
  void (*in_error)(const ke_call&);
  std::vector<Shape> inputs, outputs;
  std::vector<double> attributes;
};

#define OPERATOR(function, ...)                       \
  Operator {                                          \
#function, function < float>, function < double>, \
        function < ke::with_error>, __VA_ARGS__       \
  }

std::vector<Operator> Operators() {
  return {
      OPERATOR(softmax, {{64, 257}}, {{64, 257}}, {}),
      OPERATOR(rmsnorm, {{64, 257}, {257}}, {{64, 257}}, {1e-5}),
      OPERATOR(rmsnorm_backward, {{64, 257}, {64, 257}, {257}},
               {{64, 257}, {257}}, {1e-5}),
      OPERATOR(layernorm, {{64, 257}, {257}, {257}}, {{64, 257}}, {1e-5}),
      OPERATOR(gelu_bias, {{64, 257}, {257}}, {{64, 257}}, {}),
      OPERATOR(matmul, {{48, 200}, {200, 40}}, {{48, 40}}, {}),
      OPERATOR(conv1d, {{2, 24, 60}, {16, 24, 3}, {16}}, {{2, 16, 60}}, {}),
      OPERATOR(optimized_fm, {{2, 12, 100}, {2, 12, 90}}, {{2, 12, 90}}, {}),
      OPERATOR(pffn, {{2, 20, 48}, {2, 48, 30}, {2, 30}, {2, 30, 48}},
               {{2, 20, 48}}, {1e-5}),
      OPERATOR(attention, {{1, 2, 60, 24}, {1, 2, 60, 24}, {1, 2, 60, 24}},
               {{1, 2, 60, 24}}, {}),
      OPERATOR(prefix_sum, {{4000}}, {{4000}}, {}),
      OPERATOR(variance, {{200, 100}}, {{200}}, {}),
      OPERATOR(log_sum_exp, {{200, 100}}, {{200}}, {}),
  };
}

int64_t Count(const Shape& shape) {
  int64_t count = 1;
  for (int64_t extent : shape) count *= extent;
  return count;
}

// Arrays of T in the shapes of `shapes`, and their ke_tensor records.
template <typename T>
struct Arrays {
  std::vector<std::vector<T>> data;
  std::vector<ke_tensor> records;

  explicit Arrays(const std::vector<Shape>& shapes) {
    for (const Shape& shape : shapes) data.emplace_back(Count(shape));
    for (size_t i = 0; i < shapes.size(); ++i) {
      // The dtype plays no part here, and references do not read strides.
      records.push_back({data[i].data(), KE_F64,
                         static_cast<int32_t>(shapes[i].size()),
                         shapes[i].data(), nullptr});
    }
  }
};

using Values = std::vector<std::vector<float>>;

Values Draw(const Operator& op) {
  std::mt19937_64 random(7);
  std::normal_distribution<float> normal(0, 1);
  Values values;
  for (const Shape& shape : op.inputs) {
    values.emplace_back(Count(shape));
    std::generate(values.back().begin(), values.back().end(),
                  [&] { return normal(random); });
  }
  return values;
}

// Rounds towards zero to 16 bits of mantissa, the leading one included.
Values Cut(Values values) {
  for (std::vector<float>& array : values) {
    for (float& value : array) {
      uint32_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      bits &= ~0xffu;
      std::memcpy(&value, &bits, sizeof bits);
    }
  }
  return values;
}

template <typename T>
Arrays<T> Compute(const Operator& op, void (*function)(const ke_call&),
                  const Values& values) {
  Arrays<T> inputs(op.inputs), outputs(op.outputs);
  for (size_t i = 0; i < values.size(); ++i) {
    std::copy(values[i].begin(), values[i].end(), inputs.data[i].begin());
  }
  ke_call call = {};
  call.abi_version = KE_ABI_VERSION;
  call.n_inputs = static_cast<int32_t>(op.inputs.size());
  call.n_outputs = static_cast<int32_t>(op.outputs.size());
  call.n_attributes = static_cast<int32_t>(op.attributes.size());
  call.inputs = inputs.records.data();
  call.outputs = outputs.records.data();
  call.attributes = op.attributes.data();
  function(call);
  return outputs;
}

// Largest |y - r| over its allowance.
template <typename T>
double WorstRatio(const Arrays<T>& actual,
                  const Arrays<ke::with_error>& expected) {
  double worst = 0;
  for (size_t i = 0; i < expected.data.size(); ++i) {
    for (size_t j = 0; j < expected.data[i].size(); ++j) {
      const ke::with_error r = expected.data[i][j];
      const double allowance = 8 * std::sqrt(r.variance) * kRoundoff +
                               2 * kRoundoff * std::fabs(r.value);
      worst =
          std::max(worst, std::fabs(actual.data[i][j] - r.value) / allowance);
    }
  }
  return worst;
}

TEST(Calibration, PlainFloatCodeIsInsideAndCutInputsAreOutside) {
  int told_apart = 0;
  for (const Operator& op : Operators()) {
    const Values values = Draw(op);
    const auto expected = Compute<ke::with_error>(op, op.in_error, values);
    const double plain =
        WorstRatio(Compute<float>(op, op.in_float, values), expected);
    const double cut =
        WorstRatio(Compute<double>(op, op.in_double, Cut(values)), expected);
    std::printf("%-18s plain float %.2f of the allowance, 16 bits %.1f\n",
                op.name.c_str(), plain, cut);
    EXPECT_GT(plain, 0.01) << op.name << ": a bound this wide judges nothing";
    EXPECT_LT(plain, 0.4) << op.name;
    told_apart += cut > 1;
  }
  EXPECT_GE(told_apart, static_cast<int>(Operators().size()) - 1);
}

TEST(Calibration, TheOracleAndTheErrorInstantiationAgreeOnValues) {
  for (const Operator& op : Operators()) {
    const Values values = Draw(op);
    const auto expected = Compute<double>(op, op.in_double, values);
    const auto actual = Compute<ke::with_error>(op, op.in_error, values);
    for (size_t i = 0; i < expected.data.size(); ++i) {
      for (size_t j = 0; j < expected.data[i].size(); ++j) {
        ASSERT_NEAR(actual.data[i][j].value, expected.data[i][j],
                    1e-11 * (1 + std::fabs(expected.data[i][j])))
            << op.name;
      }
    }
  }
}

}  // namespace
