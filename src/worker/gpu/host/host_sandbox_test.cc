#include "worker/gpu/host/host_sandbox.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>

namespace kernelevolve::worker::gpu {
namespace {

bool Has(const SandboxSpec& spec, const std::string& entry) {
  return std::ranges::count(spec.environment, entry) == 1;
}

TEST(HostSandbox, CountsDevicesAsItsJudgeDoes) {
  ::setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID", 1);
  ::setenv("CUDA_VISIBLE_DEVICES", "1", 1);
  ::setenv("CUDA_LAUNCH_BLOCKING", "1", 1);
  HostOptions options;
  options.device = "cpu";
  const SandboxSpec spec = HostSandbox(options, 3);
  ::unsetenv("CUDA_DEVICE_ORDER");
  ::unsetenv("CUDA_VISIBLE_DEVICES");
  ::unsetenv("CUDA_LAUNCH_BLOCKING");
  EXPECT_TRUE(Has(spec, "CUDA_DEVICE_ORDER=PCI_BUS_ID"));
  EXPECT_TRUE(Has(spec, "CUDA_VISIBLE_DEVICES=1"));
  EXPECT_FALSE(Has(spec, "CUDA_LAUNCH_BLOCKING=1"));
}

TEST(HostSandbox, NodesOfTheDriverAreCharacterDevices) {
  const auto dev = TempFolder::Create("dev");
  ASSERT_TRUE(dev);
  const fs::path root = dev->path();
  ASSERT_TRUE(MakeFolders(root / "nvidia-caps"));
  fs::create_symlink("/dev/null", root / "nvidia0");
  fs::create_symlink("/dev/null", root / "nvidia-caps" / "nvidia-cap1");
  fs::create_symlink("/dev/null", root / "sda");
  ASSERT_TRUE(WriteFileAtomic(root / "nvidia1", ""));
  EXPECT_EQ(NvidiaNodes(root),
            (std::vector<fs::path>{root / "nvidia0",
                                   root / "nvidia-caps" / "nvidia-cap1"}));
  EXPECT_TRUE(NvidiaNodes(root / "nowhere").empty());
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
