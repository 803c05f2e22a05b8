#include "worker/gpu/candidate/record_request.h"

#include <gtest/gtest.h>

#include <set>

#include "core/target.h"
#include "worker/gpu/candidate/gpu_front.h"

namespace kernelevolve::worker::gpu {
namespace {

int64_t Fact(int arch, const char* key) {
  return GetInteger(TypicalDevice(arch), key).value_or(0);
}

TEST(TypicalDevice, EveryTargetHasOneOfItsOwn) {
  const auto data = DataFolder();
  ASSERT_TRUE(data);
  std::set<std::string> devices, names;
  for (const std::string& target : KnownTargets(*data)) {
    const std::string device = target.substr(target.find('@') + 1);
    const auto arch = ArchOf(device);
    if (!arch) continue;
    devices.insert(device);
    names.insert(GetString(TypicalDevice(*arch), "name").value_or(""));
    // The system keeps 1 KiB of shared memory per block.
    EXPECT_EQ(Fact(*arch, "shared_per_multiprocessor"),
              Fact(*arch, "shared_per_block_optin") + 1024) << device;
    EXPECT_EQ(Fact(*arch, "registers_per_multiprocessor"), 65536) << device;
  }
  EXPECT_GE(devices.size(), 8u);
  EXPECT_EQ(names.size(), devices.size());
}

TEST(TypicalDevice, WarpsAndSharedMemoryAreThoseOfTheArchitecture) {
  for (const int arch : {86, 89, 120, 121}) {
    EXPECT_EQ(Fact(arch, "max_threads_per_multiprocessor"), 48 * 32) << arch;
    EXPECT_EQ(Fact(arch, "shared_per_multiprocessor"), 100 << 10) << arch;
  }
  EXPECT_EQ(Fact(80, "shared_per_multiprocessor"), 164 << 10);
  for (const int arch : {90, 100, 103}) {
    EXPECT_EQ(Fact(arch, "max_threads_per_multiprocessor"), 64 * 32) << arch;
    EXPECT_EQ(Fact(arch, "shared_per_multiprocessor"), 228 << 10) << arch;
  }
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
