#include "core/target_set.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

Target On(const std::string& language, const std::string& device) {
  Target target;
  target.language = language;
  target.device = device;
  return target;
}

TEST(TargetSet, IsNamedInWhateverOrder) {
  const auto set = TargetSet::Make({On("triton", "sm_90"), On("cuda", "sm_90")});
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->several());
  EXPECT_EQ(set->Name(), "triton@sm_90,cuda@sm_90");
  EXPECT_TRUE(set->IsNamed("cuda@sm_90,triton@sm_90"));
  EXPECT_FALSE(set->IsNamed("cuda@sm_90"));
  EXPECT_EQ(set->For("cuda").Name(), "cuda@sm_90");
  EXPECT_EQ(set->For("cpp").Name(), "triton@sm_90");
}

TEST(TargetSet, RefusesSeveralDevicesAndALanguageTwice) {
  const auto devices =
      TargetSet::Make({On("triton", "sm_90"), On("cpp", "native")});
  ASSERT_FALSE(devices);
  EXPECT_EQ(devices.error().code, ErrorCode::kBadInput);
  EXPECT_NE(devices.error().message.find("one device"), std::string::npos);
  const auto twice = TargetSet::Make({On("cuda", "sm_90"), On("cuda", "sm_90")});
  ASSERT_FALSE(twice);
  EXPECT_NE(twice.error().message.find("twice"), std::string::npos);
  EXPECT_FALSE(TargetSet::Make({}));
}

TEST(TargetSet, FindsALanguageInARecordedName) {
  EXPECT_EQ(TargetNameFor("triton@sm_90,cuda@sm_90", "cuda"), "cuda@sm_90");
  EXPECT_EQ(TargetNameFor("cpp@native", "cpp"), "cpp@native");
  EXPECT_EQ(TargetNameFor("cpp@native", "c"), "cpp@native");
}

}  // namespace
}  // namespace kernelevolve
