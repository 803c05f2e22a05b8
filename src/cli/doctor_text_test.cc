#include <gtest/gtest.h>

#include "cli/doctor_checks.h"

namespace kernelevolve::cli {
namespace {

TEST(DoctorTest, TextGroupsAndSaysHowToGetWhatIsMissing) {
  const HealthFindings findings = {
      {"toolchains", "g++", true, "g++ 12", "", true},
      {"toolchains", "nvcc", false, "not found", "CUDA toolkit", false},
      {"sandbox", "seccomp", false, "refused", "a newer kernel", true}};
  EXPECT_EQ(HealthText(findings),
            "toolchains\n"
            "  present  g++      g++ 12\n"
            "  missing  nvcc     not found\n"
            "                    get it: CUDA toolkit\n"
            "sandbox\n"
            "  MISSING  seccomp  refused\n"
            "                    get it: a newer kernel\n");
  EXPECT_FALSE(CanRun(findings));
}

TEST(DoctorTest, OptionalPartsDoNotStopTheMainJob) {
  EXPECT_TRUE(CanRun({{"devices", "NVIDIA GPU", false, "", "", false}}));
}

TEST(DoctorTest, SandboxLayersComeFromTheWorker) {
  const auto answer = ParseJson(
      R"({"layers":[{"name":"seccomp","working":true,"detail":""},
          {"name":"user namespace","working":false,"detail":"EPERM"}]})");
  ASSERT_TRUE(answer);
  const HealthFindings findings = SandboxFindings(*answer);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_TRUE(findings[0].present);
  EXPECT_EQ(findings[1].detail, "EPERM");
  EXPECT_FALSE(CanRun(findings));
  EXPECT_TRUE(SandboxFindings(*ParseJson("3")).empty());
}

TEST(DoctorTest, PeopleSeeTheLayersThatHoldOnOneLine) {
  const HealthFindings shorter = WithWorkingLayersAsOne(
      {{"toolchains", "g++", true, "12", "", true},
       {"sandbox", "seccomp", true, "", "", true},
       {"sandbox", "user namespace", false, "EPERM", "", true},
       {"sandbox", "no sockets", true, "", "", true}});
  ASSERT_EQ(shorter.size(), 3u);
  EXPECT_EQ(shorter[1].name, "user namespace");
  EXPECT_TRUE(shorter[2].detail.starts_with("2 hold"));
}

}  // namespace
}  // namespace kernelevolve::cli
