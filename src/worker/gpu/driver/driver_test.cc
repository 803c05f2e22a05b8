#include "worker/gpu/driver/driver.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "worker/gpu/driver/device_info.h"
#include "worker/gpu/driver/primary_context.h"

namespace kernelevolve::worker::gpu {
namespace {

std::string StandIn() {
  return fs::read_symlink("/proc/self/exe").parent_path() / "libfake_driver.so";
}

std::string ErrorOf(const std::string& library) {
  const auto opened = Driver::Open(library);
  if (opened) return "";
  EXPECT_EQ(opened.error().code, ErrorCode::kMissing);
  return opened.error().message;
}

TEST(Driver, SaysWhatHelpsWhereThereIsNone) {
  EXPECT_NE(ErrorOf("/nowhere/libcuda.so.1").find("install the driver"),
            std::string::npos);
}

TEST(Driver, OneThatIsTooOldIsNamed) {
  setenv("KE_FAKE_DRIVER_VERSION", "11080", 1);
  const std::string message = ErrorOf(StandIn());
  unsetenv("KE_FAKE_DRIVER_VERSION");
  EXPECT_NE(message.find("CUDA 11.8; 12.4 or newer"), std::string::npos)
      << message;
}

TEST(Driver, OneWithoutADeviceIsNamed) {
  setenv("KE_FAKE_DRIVER_FAIL", "cuInit=100", 1);
  const std::string message = ErrorOf(StandIn());
  unsetenv("KE_FAKE_DRIVER_FAIL");
  EXPECT_NE(message.find("CUDA_ERROR_NO_DEVICE (100)"), std::string::npos)
      << message;
}

TEST(Driver, DescribesCodesItKnowsAndOnesItDoesNot) {
  const auto driver = Driver::Open(StandIn()).value();
  EXPECT_EQ(driver->version(), 13000);
  EXPECT_EQ(driver->Name(700), "CUDA_ERROR_ILLEGAL_ADDRESS");
  EXPECT_EQ(driver->Name(12345), "CUDA error 12345");
}

TEST(DeviceInfo, ReadsWhatARecorderIsTold) {
  const auto driver = Driver::Open(StandIn()).value();
  EXPECT_EQ(driver->DeviceCount(), 1);
  const auto info = QueryDevice(*driver, 0);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->name, "Stand-in 9000");
  EXPECT_EQ(info->uuid, "GPU-f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff");
  EXPECT_EQ(info->arch(), 90);
  EXPECT_EQ(info->shared_per_block_optin, 232448);
  EXPECT_TRUE(info->posix_handles);
  EXPECT_EQ(GetInteger(DeviceToJson(*info), "multiprocessors"), 4);
  EXPECT_EQ(QueryDevice(*driver, 1).error().code, ErrorCode::kMissing);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
