#include <gtest/gtest.h>

#include "worker/gpu/launcher/launcher_process.h"

namespace kernelevolve::worker::gpu {
namespace {

TEST(LauncherFailure, LimitsOfOursAreNotTheDevicesMemory) {
  EXPECT_FALSE(IsOutOfMemory({Code::kResource, "", "workspace_size", ""}));
  EXPECT_FALSE(IsOutOfMemory({Code::kResource, "", "resource_limits", ""}));
  EXPECT_FALSE(IsOutOfMemory({Code::kGpuFault, "", "run", ""}));
  EXPECT_TRUE(IsOutOfMemory({Code::kResource, "", "host_code", ""}));
}

TEST(LauncherFailure, NotEveryFaultIsABadAccess) {
  const auto fault = [](const std::string& name) {
    CudaReport report;
    report.name = name;
    report.sticky = true;
    return FailureOf(report);
  };
  EXPECT_TRUE(MayBeBadAccess(fault("CUDA_ERROR_ILLEGAL_ADDRESS")));
  EXPECT_TRUE(MayBeBadAccess(fault("CUDA_ERROR_LAUNCH_FAILED")));
  EXPECT_FALSE(MayBeBadAccess(fault("CUDA_ERROR_ILLEGAL_INSTRUCTION")));
  EXPECT_FALSE(MayBeBadAccess(fault("CUDA_ERROR_MISALIGNED_ADDRESS")));
  EXPECT_FALSE(MayBeBadAccess(fault("CUDA_ERROR_ASSERT")));
  EXPECT_FALSE(MayBeBadAccess(
      {Code::kGpuFault, "AcceleratorError: CUDA error: misaligned address", "run", ""}));
  EXPECT_FALSE(MayBeBadAccess({Code::kTimeout, "", "run", ""}));
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
