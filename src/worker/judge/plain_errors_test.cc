#include "worker/judge/plain_errors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/random.h"
#include "worker/judge/scalar.h"
#include "worker/testing/tasks.h"

namespace kernelevolve::worker {
namespace {

double Normal(Random& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i)
    sum += static_cast<double>(random.Below(1 << 24)) / (1 << 24);
  return sum;
}

// Eleven bits of mantissa, as the tensor cores keep them.
float Tf32(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  bits = (bits + 0x1000) & ~0x1fffu;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

float Half(float x) {
  uint8_t bytes[2];
  StoreScalar(DType::kF16, bytes, 0, x);
  return static_cast<float>(LoadScalar(DType::kF16, bytes, 0));
}

// Sums of products, exact and as different kernels form them.
struct Products {
  std::vector<double> exact;
  std::vector<float> tree, serial, tf32, half;
};

float TreeSum(const std::vector<float>& terms, size_t begin, size_t end) {
  if (end - begin == 1) return terms[begin];
  const size_t middle = (begin + end) / 2;
  return TreeSum(terms, begin, middle) + TreeSum(terms, middle, end);
}

Products FormProducts(int rows, int terms) {
  Random random(7);
  Products all;
  for (int row = 0; row < rows; ++row) {
    std::vector<float> products;
    double exact = 0;
    float serial = 0, tf32 = 0, half = 0;
    for (int i = 0; i < terms; ++i) {
      const auto a = static_cast<float>(Normal(random));
      const auto b = static_cast<float>(Normal(random));
      exact += double{a} * double{b};
      products.push_back(a * b);
      serial += a * b;
      tf32 += Tf32(a) * Tf32(b);
      half = Half(half + Half(Half(a) * Half(b)));
    }
    all.exact.push_back(exact);
    all.tree.push_back(TreeSum(products, 0, products.size()));
    all.serial.push_back(serial);
    all.tf32.push_back(tf32);
    all.half.push_back(half);
  }
  return all;
}

std::vector<uint8_t> Raw(const std::vector<float>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// As on a device: a library's tree of sums is the baseline, widened.
bool Holds(const Products& products, const std::vector<float>& y,
           const PlainError& serial) {
  ExpectedOutput expected;
  expected.exact = products.exact;
  expected.allowance.assign(y.size(), 1e6f);
  expected.baseline = Raw(products.tree);
  FinishBaseline(expected);
  PlainError plain{expected.baseline_max, expected.baseline_rms};
  plain.Widen(serial);
  expected.baseline_max = plain.max;
  expected.baseline_rms = plain.rms;
  const Comparison comparison = Compare(expected, Raw(y).data(), 0);
  expected.allowance.clear();  // a device has no bound of each element
  return RatioHolds(expected, comparison);
}

Task Sums(int terms) {
  return testing::TaskFrom(format(R"toml(name = "sums"
summary = "sums of rows"
operator = "sum"
dims = ["n", "m"]

[[inputs]]
name = "x"
dtype = "f32"
shape = ["n", "m"]
values = "normal(0, 1)"

[[outputs]]
name = "y"
dtype = "f32"
shape = ["n"]

[[outputs]]
name = "half"
dtype = "f16"
shape = ["n"]

[[outputs]]
name = "which"
dtype = "i32"
shape = ["n"]

[[shapes]]
name = "listed"
n = 64
m = {}

[domain]
n = [1, 64]
m = [1, 100000]

[reference]
cpp = "reference.cc"
)toml", terms));
}

TEST(PlainErrors, ATreesErrorsAreNoMeasureOfASumInOrder) {
  const Products products = FormProducts(64, 4096);
  EXPECT_FALSE(Holds(products, products.serial, PlainError{}));
}

TEST(PlainErrors, ASumInOrderIsGrantedAndLessPrecisionIsNot) {
  for (const int terms : {64, 1024, 4096}) {
    const Task task = Sums(terms);
    const PlainError serial = GuessSerialErrors(task, task.shapes[0])[0];
    const Products products = FormProducts(64, terms);
    EXPECT_TRUE(Holds(products, products.serial, serial)) << terms;
    EXPECT_TRUE(Holds(products, products.tree, serial)) << terms;
    EXPECT_FALSE(Holds(products, products.tf32, serial)) << terms;
    EXPECT_FALSE(Holds(products, products.half, serial)) << terms;
  }
}

TEST(PlainErrors, TheGuessGrowsAsTheRootOfTheLength) {
  const Task short_task = Sums(100), long_task = Sums(10000);
  const auto of_short = GuessSerialErrors(short_task, short_task.shapes[0]);
  const auto of_long = GuessSerialErrors(long_task, long_task.shapes[0]);
  EXPECT_NEAR(of_long[0].rms / of_short[0].rms, 10, 1e-9);
}

TEST(PlainErrors, NothingIsGrantedToHalvesAndIntegers) {
  const Task task = Sums(4096);
  const auto errors = GuessSerialErrors(task, task.shapes[0]);
  ASSERT_EQ(errors.size(), 3u);
  EXPECT_EQ(errors[1].rms, 0);
  EXPECT_EQ(errors[2].max, 0);
}

TEST(PlainErrors, WideningTakesTheLarger) {
  PlainError error{1, 4};
  error.Widen({3, 2});
  EXPECT_EQ(error.max, 3);
  EXPECT_EQ(error.rms, 4);
}

}  // namespace
}  // namespace kernelevolve::worker
