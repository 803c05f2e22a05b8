#include "worker/judge/sanitized_calls.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>

#include "worker/judge/cpu_sanitizers.h"
#include "worker/testing/tasks.h"

namespace kernelevolve::worker {
namespace {

class SanitizedCallsTest : public ::testing::Test {
 protected:
  SanitizedCase At(int64_t n) {
    const InputCase one{{.name = "small", .dims = {{"n", n}}}, InputFamily::kDeclared, 0};
    return {one, InputGenerator(task_, "secret").Draw(one)};
  }
  int64_t Word(const std::string& text, size_t index) {
    int64_t word = 0;
    std::memcpy(&word, text.data() + index * sizeof word, sizeof word);
    return word;
  }

  const Task task_ = testing::OneInputTask("f32", "normal(0, 1)");
};

TEST_F(SanitizedCallsTest, EachTensorIsDescribedAndPadded) {
  const std::string text = DescribeCases(task_, {At(3), At(4)}, 7);
  // One word of cases; of each: four counts, input and output of five words each,
  // twelve or sixteen bytes in two words, and one word of poison.
  EXPECT_EQ(text.size(), 8 * (1 + 2 * (4 + 5 + 2 + 5 + 1)));
  EXPECT_EQ(Word(text, 0), 2);
  EXPECT_EQ(Word(text, 1), 7);
  EXPECT_EQ(Word(text, 2), 1);
  EXPECT_EQ(Word(text, 5), static_cast<int64_t>(DType::kF32));
  EXPECT_EQ(Word(text, 8), 12);
  EXPECT_EQ(Word(text, 9), 3);
  EXPECT_EQ(std::bit_cast<uint64_t>(Word(text, 17)), SanitizedPoison(task_, 0));
}

TEST_F(SanitizedCallsTest, OutputsLieBehindEachOther) {
  const std::vector<SanitizedCase> cases = {At(3), At(4)};
  EXPECT_EQ(OutputBytes(task_, cases), 28u);
  const std::string data(28, 'x');
  uint64_t at = 0;
  const SanitizedOutputs first(task_, cases[0].input_case.shape, data, &at);
  const SanitizedOutputs second(task_, cases[1].input_case.shape, data, &at);
  EXPECT_EQ(at, 28u);
  EXPECT_EQ(second.Output(0) - first.Output(0), 12);
  EXPECT_EQ(second.OutputElements(0), 4);
}

TEST(SanitizedRule, MakesAProgramOfWhatIsALibrary) {
  CompileRule rule;
  rule.argv = {"g++", "-O3", "-shared", "{defines}", "-o", "{output}", "{source}"};
  const auto made = SanitizedRule(rule, "thread");
  ASSERT_TRUE(made);
  const auto has = [&](const char* flag) {
    return std::ranges::count(made->argv, flag) == 1;
  };
  EXPECT_TRUE(has("-fsanitize=thread"));
  EXPECT_TRUE(has("-static-libtsan"));
  EXPECT_TRUE(has("-U__SANITIZE_THREAD__"));
  EXPECT_TRUE(has("-Dno_sanitize(...)=unused"));
  EXPECT_FALSE(has("-shared"));
}

TEST(SanitizedRule, OtherCompilersAreNotKnownToHaveIt) {
  CompileRule rule;
  EXPECT_FALSE(SanitizedRule(rule, "address"));
  rule.argv = {"nvcc", "-shared"};
  EXPECT_FALSE(SanitizedRule(rule, "address"));
  rule.argv = {"g++", "-c"};
  EXPECT_FALSE(SanitizedRule(rule, "address"));
}

}  // namespace
}  // namespace kernelevolve::worker
