#include "worker/record/cuda_abi.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "process/command.h"
#include "process/find_program.h"

namespace kernelevolve::worker {
namespace {

TEST(CudaAbiTest, LayoutsAreTheRealOnes) {
  if (!FindProgram("nvcc")) GTEST_SKIP() << "no nvcc in PATH";
  const auto data = DataFolder();
  ASSERT_TRUE(data);
  const fs::path source = *data / "src";
  if (!fs::exists(source)) GTEST_SKIP() << "no sources beside this program";
  ChildSpec spec;
  spec.argv = {"nvcc", "-std=c++17", "-c", "-o", "/dev/null", "-I", source.string(),
               (source / "worker" / "record" / "testing" / "cuda_abi.cu").string()};
  const auto outcome =
      RunCommand(spec, {.timeout = std::chrono::seconds(100)}, {});
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(outcome->exit.ok()) << outcome->errors;
}

}  // namespace
}  // namespace kernelevolve::worker
