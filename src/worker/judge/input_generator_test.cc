// What the judge draws for a case: the same bytes for the same case and secret,
// others for any other.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <set>

#include "worker/judge/input_case.h"
#include "worker/judge/scalar.h"
#include "worker/testing/tasks.h"

namespace kernelevolve::worker {
namespace {

using testing::OneInputTask;

Task WeightedTask() {
  return testing::TaskFrom(R"toml(name = "weighted"
summary = "values and weights"
operator = "map"
dims = ["n"]

[[inputs]]
name = "x"
dtype = "f32"
shape = ["n"]
values = "normal(0, 1)"

[[inputs]]
name = "w"
dtype = "f32"
shape = ["n"]
values = "normal(0, 1)"
constant = true

[[outputs]]
name = "y"
dtype = "f32"
shape = ["n"]

[[shapes]]
name = "listed"
n = 200

[domain]
n = [1, 1000]

[reference]
cpp = "reference.cc"
)toml");
}

InputCase CaseOf(const Task& task) { return {task.shapes[0]}; }

std::vector<uint8_t> First(const Task& task, const InputCase& input_case,
                           const std::string& secret = "secret") {
  return InputGenerator(task, secret).Draw(input_case).tensors.at(0);
}

int64_t Differing(DType dtype, const std::vector<uint8_t>& a,
                  const std::vector<uint8_t>& b) {
  EXPECT_EQ(a.size(), b.size());
  const auto width = static_cast<size_t>(DTypeBytes(dtype));
  int64_t count = 0;
  for (size_t at = 0; at < a.size(); at += width)
    count += std::memcmp(&a[at], &b[at], width) != 0;
  return count;
}

TEST(InputGenerator, TheSameCaseIsTheSameBytes) {
  const Task task = WeightedTask();
  const InputCase input_case = CaseOf(task);
  const InputGenerator one(task, "secret"), two(task, "secret");
  EXPECT_EQ(one.Draw(input_case).tensors, two.Draw(input_case).tensors);
  EXPECT_EQ(one.Draw(input_case).tensors, one.Draw(input_case).tensors);
}

TEST(InputGenerator, EveryPartOfTheCaseMatters) {
  const Task task = WeightedTask();
  const InputCase base = CaseOf(task);
  std::set<std::vector<uint8_t>> seen = {First(task, base)};
  InputCase other = base;
  other.trial = 1;
  EXPECT_TRUE(seen.insert(First(task, other)).second) << "trial";
  other = base;
  other.family = InputFamily::kLarge;
  EXPECT_TRUE(seen.insert(First(task, other)).second) << "family";
  EXPECT_TRUE(seen.insert(First(task, base, "another")).second) << "secret";
  Task edited = task;
  edited.files["reference.cc"] += " ";
  EXPECT_TRUE(seen.insert(First(edited, base)).second) << "task";
}

TEST(InputGenerator, AnotherShapeIsNoPrefix) {
  const Task task = OneInputTask("f32", "normal(0, 1)");
  InputCase longer = CaseOf(task);
  longer.shape.dims["n"] = 1001;
  const auto a = First(task, CaseOf(task)), b = First(task, longer);
  EXPECT_EQ(b.size(), a.size() + 4);
  EXPECT_FALSE(std::equal(a.begin(), a.end(), b.begin()));
}

TEST(InputGenerator, InputsOfATaskDiffer) {
  const Task task = WeightedTask();
  const InputSet set = InputGenerator(task, "secret").Draw(CaseOf(task));
  EXPECT_NE(set.tensors[0], set.tensors[1]);
}

TEST(InputGenerator, ConstantsOutliveTheTrial) {
  const Task task = WeightedTask();
  const InputGenerator generator(task, "secret");
  InputCase input_case = CaseOf(task);
  const InputSet first = generator.Draw(input_case);
  input_case.trial = 5;
  const InputSet second = generator.Draw(input_case);
  EXPECT_NE(first.tensors[0], second.tensors[0]);
  EXPECT_EQ(first.tensors[1], second.tensors[1]);
  input_case.constant_trial = 1;
  EXPECT_NE(generator.Draw(input_case).tensors[1], first.tensors[1]);
}

std::vector<float> Sorted(const std::vector<uint8_t>& raw) {
  std::vector<float> values(raw.size() / sizeof(float));
  std::memcpy(values.data(), raw.data(), raw.size());
  std::ranges::sort(values);
  return values;
}

TEST(InputGenerator, InputsAreNudgedInTurn) {
  Task task = WeightedTask();
  task.inputs[1].constant = false;
  const InputGenerator generator(task, "secret");
  InputCase input_case = CaseOf(task);
  const InputSet base = generator.Draw(input_case);
  input_case.nudged_elements = 1;
  for (int64_t trial = 1; trial <= 4; ++trial) {
    input_case.nudge_trial = trial;
    const InputSet nudged = generator.Draw(input_case);
    EXPECT_EQ(base.tensors[0] == nudged.tensors[0], trial % 2 == 1);
    EXPECT_EQ(base.tensors[1] == nudged.tensors[1], trial % 2 == 0);
  }
}

// Two of them every other turn: their sum is what it was.
TEST(InputGenerator, ANudgeChangesOneElementOrSwapsTwo) {
  const Task task = WeightedTask();
  const InputGenerator generator(task, "secret");
  InputCase input_case = CaseOf(task);
  const InputSet base = generator.Draw(input_case);
  input_case.nudged_elements = 1;
  std::set<std::vector<uint8_t>> seen = {base.tensors[0]};
  for (int64_t trial = 1; trial <= 4; ++trial) {
    input_case.nudge_trial = trial;
    const InputSet nudged = generator.Draw(input_case);
    const bool swapped = trial / 2 % 2 == 1;
    EXPECT_EQ(Differing(DType::kF32, base.tensors[0], nudged.tensors[0]), swapped ? 2 : 1);
    EXPECT_EQ(Sorted(base.tensors[0]) == Sorted(nudged.tensors[0]), swapped);
    EXPECT_EQ(base.tensors[1], nudged.tensors[1]) << "constants stay";
    EXPECT_TRUE(seen.insert(nudged.tensors[0]).second) << "another one, or more";
  }
}

TEST(InputGenerator, AConstantIsNudgedForAnotherPreparation) {
  const Task task = WeightedTask();
  const InputGenerator generator(task, "secret");
  InputCase input_case = CaseOf(task);
  const InputSet base = generator.Draw(input_case);
  input_case.nudged_constants = 1;
  const InputSet nudged = generator.Draw(input_case);
  EXPECT_EQ(base.tensors[0], nudged.tensors[0]);
  EXPECT_EQ(Differing(DType::kF32, base.tensors[1], nudged.tensors[1]), 1);
}

TEST(InputGenerator, ANudgeStaysInsideAUniformInterval) {
  const Task task = OneInputTask("f32", "uniform(2, 3)");
  InputCase input_case = CaseOf(task);
  const auto base = First(task, input_case);
  input_case.nudged_elements = 20;
  const auto nudged = First(task, input_case);
  const int64_t changed = Differing(DType::kF32, base, nudged);
  EXPECT_GT(changed, 0);
  EXPECT_LE(changed, 20);
  for (int64_t i = 0; i < 1000; ++i) {
    EXPECT_GE(LoadScalar(DType::kF32, nudged.data(), i), 2);
    EXPECT_LE(LoadScalar(DType::kF32, nudged.data(), i), 3);
  }
}

TEST(InputGenerator, ANudgeOfWholeNumbersStaysInRangeAndOrder) {
  for (const char* values : {"randint(0, 2000)", "sorted(0, 2000)",
                             "increasing(0, 2000)", "jagged_offsets(2000)"}) {
    const Task task = OneInputTask("i32", values);
    InputCase input_case = CaseOf(task);
    const auto base = First(task, input_case);
    input_case.nudged_elements = 1;
    const auto nudged = First(task, input_case);
    EXPECT_EQ(Differing(DType::kI32, base, nudged), 1) << values;
    for (int64_t i = 0; i < 1000; ++i) {
      const double now = LoadScalar(DType::kI32, nudged.data(), i);
      EXPECT_GE(now, 0);
      EXPECT_LE(now, 2000);
      if (i == 0 || std::string(values) == "randint(0, 2000)") continue;
      EXPECT_GE(now, LoadScalar(DType::kI32, nudged.data(), i - 1)) << values;
    }
  }
}

TEST(InputGenerator, ANudgeLeavesOrdersOfFloatsAlone) {
  for (const auto& [dtype, values] :
       {std::pair{"i32", "permutation"}, {"f32", "sorted(0, 1)"},
        {"f32", "zeros"}}) {
    const Task task = OneInputTask(dtype, values);
    InputCase input_case = CaseOf(task);
    const auto base = First(task, input_case);
    input_case.nudged_elements = 5;
    EXPECT_EQ(First(task, input_case), base) << values;
  }
}

TEST(InputGenerator, StructuredRowsDifferInTheirOrderAlone) {
  const Task task = testing::MatrixTask();
  InputCase one{task.shapes[0], InputFamily::kStructured, 0};
  one.shape.dims["m"] = 50;
  const InputSet set = InputGenerator(task, "secret").Draw(one);
  const auto* values = reinterpret_cast<const float*>(set.tensors[0].data());
  const std::vector<float> first(values, values + 50), second(values + 50, values + 100),
      third(values + 100, values + 150);
  EXPECT_NE(first, second);
  EXPECT_TRUE(std::is_permutation(first.begin(), first.end(), second.begin()));
  const auto product = [](const std::vector<float>& a, const std::vector<float>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  };
  EXPECT_GT(std::fabs(product(first, second) - product(second, third)), 0.01)
      << "their products tell where they stand";
}

TEST(InputGenerator, EveryDtypeIsFilledInItsOwnFormat) {
  for (const DType dtype : {DType::kF64, DType::kF32, DType::kF16, DType::kBF16,
                            DType::kI64, DType::kI32, DType::kI16, DType::kI8}) {
    const Task task = OneInputTask(DTypeName(dtype), "choice(-2, 3)");
    const auto raw = First(task, CaseOf(task));
    ASSERT_EQ(raw.size(), static_cast<size_t>(1000 * DTypeBytes(dtype)));
    std::set<double> seen;
    for (int64_t i = 0; i < 1000; ++i)
      seen.insert(LoadScalar(dtype, raw.data(), i));
    EXPECT_EQ(seen, (std::set<double>{-2, 3})) << DTypeName(dtype);
  }
}

TEST(InputGenerator, ArgumentsMayUseTheDims) {
  const Task task = OneInputTask("i64", "randint(n, n + 1)");
  const auto raw = First(task, CaseOf(task));
  for (int64_t i = 0; i < 1000; ++i) {
    const double value = LoadScalar(DType::kI64, raw.data(), i);
    EXPECT_TRUE(value == 1000 || value == 1001) << value;
  }
}

TEST(InputCase, KeysTellEveryPartApart) {
  const Task task = WeightedTask();
  const InputCase base = CaseOf(task);
  std::set<std::string> keys = {base.Key()};
  InputCase c = base;
  c.trial = 12;
  keys.insert(c.Key());
  c = base, c.constant_trial = 12;
  keys.insert(c.Key());
  c = base, c.nudged_elements = 12;
  keys.insert(c.Key());
  c = base, c.nudge_trial = 12;
  keys.insert(c.Key());
  c = base, c.family = InputFamily::kTiny;
  keys.insert(c.Key());
  c = base, c.shape.dims["n"] = 12;
  keys.insert(c.Key());
  c = base, c.shape.attributes["a"] = 12;
  keys.insert(c.Key());
  EXPECT_EQ(keys.size(), 8u);
  c = base, c.shape.name = "another name of the same";
  EXPECT_EQ(c.Key(), base.Key());
}

TEST(InputFamily, NamesAreUnique) {
  std::set<std::string> names;
  int count = 0;
  for (auto f = InputFamily::kDeclared; f <= InputFamily::kRising;
       f = static_cast<InputFamily>(static_cast<int>(f) + 1)) {
    names.insert(FamilyName(f));
    ++count;
  }
  EXPECT_EQ(static_cast<int>(names.size()), count);
}

}  // namespace
}  // namespace kernelevolve::worker
