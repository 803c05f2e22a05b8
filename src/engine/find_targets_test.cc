#include "engine/find_targets.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

class FindTargetsTest : public testing::Test {
 protected:
  FindTargetsTest() : data_(*TempFolder::Create("targets")) {
    Add("native", "cpu", {"cpp"});
    Add("sm_90", "gpu", {"cuda", "triton"});
  }

  void Add(const std::string& device, const std::string& kind,
           const std::vector<std::string>& languages) {
    std::string text = "kind = \"" + kind + "\"\n";
    for (const std::string& language : languages)
      text += "[languages." + language +
              "]\nextension = \".x\"\ncompile = [\"cc\"]\n";
    const fs::path folder = data_.path() / "targets" / device;
    ASSERT_TRUE(MakeFolders(folder));
    ASSERT_TRUE(WriteFileAtomic(folder / "target.toml", text));
  }

  Result<TargetSet> Find(const std::string& names) {
    return FindTargets(names, data_.path(),
                       [this]() -> Result<std::vector<NvidiaDevice>> {
                         ++probes_;
                         return devices_;
                       });
  }
  void ExpectError(const std::string& names, ErrorCode code,
                   const std::string& word) {
    const auto found = Find(names);
    ASSERT_FALSE(found) << names;
    EXPECT_EQ(found.error().code, code) << found.error().message;
    EXPECT_NE(found.error().message.find(word), std::string::npos)
        << found.error().message;
  }

  const TempFolder data_;
  std::vector<NvidiaDevice> devices_;
  int probes_ = 0;
};

TEST_F(FindTargetsTest, NativeIsTheCpuForItsLanguages) {
  const auto found = Find("cpp@native");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->Name(), "cpp@native");
  EXPECT_EQ(probes_, 0);
}

TEST_F(FindTargetsTest, NativeIsTheDeviceForAGpusLanguages) {
  devices_ = {{0, "sm_90", "GPU-aa", "NVIDIA H100"}};
  const auto found = Find("triton@native,cuda@native");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->Name(), "triton@sm_90,cuda@sm_90");
  EXPECT_EQ(found->device_kind(), "gpu");
}

TEST_F(FindTargetsTest, WithoutADeviceItSaysWhatStillGoes) {
  ExpectError("cuda@native", ErrorCode::kMissing, "--target cuda@sm_90");
  ExpectError("cuda@native", ErrorCode::kMissing, "no NVIDIA device");
  EXPECT_TRUE(Find("cuda@sm_90"));
}

TEST_F(FindTargetsTest, ADeviceThatNobodyKnowsMustBeNamed) {
  devices_ = {{0, "", "GPU-aa", "NVIDIA H100"}};
  ExpectError("triton@native", ErrorCode::kMissing, "nvidia-smi");
}

TEST_F(FindTargetsTest, AnUnknownDeviceNamesTheKnownOnes) {
  devices_ = {{0, "sm_75", "GPU-aa", "NVIDIA T4"}};
  ExpectError("cuda@native", ErrorCode::kBadInput, "cuda@sm_90");
  ExpectError("cuda@sm_91", ErrorCode::kBadInput, "cuda@sm_90");
  ExpectError("fortran@native", ErrorCode::kBadInput, "cpp@native");
}

TEST_F(FindTargetsTest, ListsAreOfOneDevice) {
  ExpectError("cpp@native,cuda@sm_90", ErrorCode::kBadInput, "one device");
  ExpectError("cuda@sm_90,,triton@sm_90", ErrorCode::kBadInput, "commas");
  ExpectError("cuda@sm_90,cuda@sm_90", ErrorCode::kBadInput, "twice");
}

}  // namespace
}  // namespace kernelevolve
