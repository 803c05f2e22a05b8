#include "cli/profile_text.h"

#include <gtest/gtest.h>

#include "cli/evaluation_text.h"
#include "core/testing/sample_profile.h"

namespace kernelevolve::cli {
namespace {

using kernelevolve::testing::SampleProfile;

TEST(ProfileTextTest, EveryLineIsIndented) {
  const std::string text = ProfileText(SampleProfile());
  EXPECT_TRUE(text.starts_with("  profile: memory bound"));
  EXPECT_NE(text.find("\n    roofs of this core"), std::string::npos);
  EXPECT_TRUE(text.ends_with("not offered\n"));
}

TEST(ProfileTextTest, DeltaToTheParent) {
  Profile child = SampleProfile();
  EXPECT_EQ(ProfileDeltaText(SampleProfile(), child), "");
  child.loops[0].mix.spills = 0;
  EXPECT_EQ(ProfileDeltaText(SampleProfile(), child),
            "  since its parent\n    spills in hot loops 8 -> 0\n");
}

TEST(ProfileTextTest, AnEvaluationShowsItWhenAskedTo) {
  Evaluation evaluation;
  evaluation.status = VerdictStatus::kAccept;
  evaluation.code = Code::kOk;
  evaluation.profile = SampleProfile();
  EXPECT_EQ(EvaluationText(evaluation, "a.cc", {}).find("profile:"),
            std::string::npos);
  EXPECT_NE(EvaluationText(evaluation, "a.cc", {.explain = true})
                .find("  profile: memory bound"),
            std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::cli
