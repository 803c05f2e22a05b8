#include "process/nvidia_devices.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace kernelevolve {
namespace {

class NvidiaDevicesTest : public testing::Test {
 protected:
  NvidiaDevicesTest() : folder_(*TempFolder::Create("nvidia")) {
    places_.driver = folder_.path() / "driver";
  }

  // A program of that name which does what `script` says.
  void Install(const std::string& script) {
    const fs::path program = folder_.path() / "nvidia-smi";
    ASSERT_TRUE(WriteFileAtomic(program, "#!/bin/sh\n" + script));
    ASSERT_EQ(::chmod(program.c_str(), 0755), 0);
    places_.program = {program.string()};
  }
  void InstallTwo() {
    Install("echo 'GPU-aa, 9.0, NVIDIA H100 80GB HBM3'\n"
            "echo 'GPU-bb, 12.0, NVIDIA RTX'\n");
  }

  TempFolder folder_;
  NvidiaPlaces places_;
  StopCondition stop_;
};

TEST_F(NvidiaDevicesTest, ReadsTheTable) {
  InstallTwo();
  const auto devices = FindNvidiaDevices(places_, stop_);
  ASSERT_TRUE(devices) << devices.error().message;
  ASSERT_EQ(devices->size(), 2u);
  EXPECT_EQ((*devices)[0].arch, "sm_90");
  EXPECT_EQ((*devices)[0].name, "NVIDIA H100 80GB HBM3");
  EXPECT_EQ((*devices)[1].arch, "sm_120");
  EXPECT_EQ((*devices)[1].index, 1);
}

TEST_F(NvidiaDevicesTest, CountsWhatIsVisible) {
  InstallTwo();
  places_.visible = "1, GPU-a, nonsense, 0";
  const auto devices = FindNvidiaDevices(places_, stop_);
  ASSERT_TRUE(devices);
  ASSERT_EQ(devices->size(), 2u);
  EXPECT_EQ((*devices)[0].uuid, "GPU-bb");
  EXPECT_EQ((*devices)[0].index, 0);
  EXPECT_EQ((*devices)[1].uuid, "GPU-aa");
  places_.visible = "";
  EXPECT_TRUE(FindNvidiaDevices(places_, stop_)->empty());
}

TEST_F(NvidiaDevicesTest, ASliceIsRefusedWithWhatToDo) {
  InstallTwo();
  places_.visible = "MIG-3d8e6f4a-0000";
  const auto devices = FindNvidiaDevices(places_, stop_);
  ASSERT_FALSE(devices);
  EXPECT_EQ(devices.error().code, ErrorCode::kBadInput);
  EXPECT_NE(devices.error().message.find("MIG-3d8e6f4a-0000"), std::string::npos);
  EXPECT_NE(devices.error().message.find("nvidia-smi -L"), std::string::npos);
}

TEST_F(NvidiaDevicesTest, NothingHere) {
  places_.program = {"/nowhere/nvidia-smi"};
  const auto devices = FindNvidiaDevices(places_, stop_);
  ASSERT_TRUE(devices);
  EXPECT_TRUE(devices->empty());
}

TEST_F(NvidiaDevicesTest, TheDriverAloneDoesNotSayTheArchitecture) {
  places_.program = {"/nowhere/nvidia-smi"};
  const fs::path gpu = places_.driver / "gpus" / "0000:01:00.0";
  ASSERT_TRUE(MakeFolders(gpu));
  ASSERT_TRUE(WriteFileAtomic(gpu / "information",
                              "Model: \t\t NVIDIA H100\nGPU UUID: \t GPU-aa\n"));
  const auto devices = FindNvidiaDevices(places_, stop_);
  ASSERT_TRUE(devices);
  ASSERT_EQ(devices->size(), 1u);
  EXPECT_EQ((*devices)[0].uuid, "GPU-aa");
  EXPECT_EQ((*devices)[0].name, "NVIDIA H100");
  EXPECT_EQ((*devices)[0].arch, "");
}

TEST_F(NvidiaDevicesTest, AFailureCountsOnlyWhereThereIsADriver) {
  Install("echo 'driver/library version mismatch'; exit 18\n");
  ASSERT_TRUE(FindNvidiaDevices(places_, stop_));
  ASSERT_TRUE(MakeFolders(places_.driver));
  const auto devices = FindNvidiaDevices(places_, stop_);
  ASSERT_FALSE(devices);
  EXPECT_NE(devices.error().message.find("mismatch"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve
