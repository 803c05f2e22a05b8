#include "worker/judge/expected_file.h"

#include <gtest/gtest.h>

#include "worker/testing/tasks.h"

namespace kernelevolve::worker {
namespace {

class ExpectedFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(folder_);
    ExpectedOutput output;
    output.exact = {1.5, -2.25};
    output.allowance = {1e-6f, 2e-6f};
    output.baseline = {0, 1, 2, 3, 4, 5, 6, 7};
    output.scale = 3;
    output.baseline_max = 4;
    output.baseline_rms = 5;
    output.relative_allowance = 6;
    expected_.outputs.push_back(output);
    path_ = folder_->path() / "deeper" / "answer";
    ASSERT_TRUE(WriteExpectedFile(path_, expected_));
  }

  Result<TempFolder> folder_ = TempFolder::Create("expected-file-test");
  Task task_ = testing::OneInputTask("f32", "normal(0, 1)");
  Expected expected_;
  fs::path path_;
};

TEST_F(ExpectedFileTest, ComesBackAsItWas) {
  const auto read = ReadExpectedFile(path_, task_);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->outputs.size(), 1u);
  const ExpectedOutput& output = read->outputs[0];
  EXPECT_EQ(output.dtype, DType::kF32);
  EXPECT_EQ(output.exact, expected_.outputs[0].exact);
  EXPECT_EQ(output.allowance, expected_.outputs[0].allowance);
  EXPECT_EQ(output.baseline, expected_.outputs[0].baseline);
  EXPECT_EQ(output.scale, 3);
  EXPECT_EQ(output.baseline_max, 4);
  EXPECT_EQ(output.baseline_rms, 5);
  EXPECT_EQ(output.relative_allowance, 6);
}

TEST_F(ExpectedFileTest, AnyChangedByteIsNoticed) {
  const std::string whole = ReadFile(path_).value_or("");
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    ASSERT_TRUE(WriteFileAtomic(path_, damaged));
    EXPECT_FALSE(ReadExpectedFile(path_, task_)) << "byte " << at;
  }
}

TEST_F(ExpectedFileTest, AnyMissingEndIsNoticed) {
  const std::string whole = ReadFile(path_).value_or("");
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_TRUE(WriteFileAtomic(path_, whole.substr(0, size)));
    EXPECT_FALSE(ReadExpectedFile(path_, task_)) << size << " bytes";
  }
}

TEST_F(ExpectedFileTest, AMissingFileIsAnError) {
  EXPECT_FALSE(ReadExpectedFile(folder_->path() / "none", task_));
}

}  // namespace
}  // namespace kernelevolve::worker
