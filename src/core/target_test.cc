#include "core/target.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

class TargetTest : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempFolder::Create("target_test");
    ASSERT_TRUE(folder);
    folder_.emplace(*std::move(folder));
    Write("native",
          "kind = \"cpu\"\n"
          "[languages.cpp]\nextension = \".cc\"\n"
          "compile = [\"g++\", \"{source}\"]\ntimeout_s = 9\n");
  }
  void Write(const std::string& device, const std::string& text) {
    ASSERT_TRUE(MakeFolders(data() / "targets" / device));
    ASSERT_TRUE(
        WriteFileAtomic(data() / "targets" / device / "target.toml", text));
  }
  std::string ErrorOf(const std::string& name) {
    const auto target = FindTarget(name, data());
    return target ? "found" : target.error().message;
  }
  const fs::path& data() const { return folder_->path(); }

  std::optional<TempFolder> folder_;
};

TEST_F(TargetTest, ReadsItsFile) {
  const auto target = FindTarget("cpp@native", data());
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->Name(), "cpp@native");
  EXPECT_EQ(target->device_kind, "cpu");
  EXPECT_EQ(target->compile.extension, ".cc");
  EXPECT_EQ(target->compile.argv,
            (std::vector<std::string>{"g++", "{source}"}));
  EXPECT_EQ(target->compile.timeout_s, 9);
  EXPECT_EQ(target->compile.memory_mb, 4096);
}

TEST_F(TargetTest, UnknownOnesAnswerWithTheKnown) {
  EXPECT_EQ(KnownTargets(data()), std::vector<std::string>{"cpp@native"});
  EXPECT_NE(ErrorOf("cpp@nativ").find("did you mean cpp@native?"),
            std::string::npos);
  EXPECT_NE(ErrorOf("rust@native").find("known targets: cpp@native"),
            std::string::npos);
  EXPECT_NE(ErrorOf("cpp@../native").find("unknown target"), std::string::npos);
  EXPECT_NE(ErrorOf("native").find("unknown target"), std::string::npos);
}

TEST_F(TargetTest, MistakesNameFileLineAndKey) {
  Write("chip",
        "kind = 3\n[languages.cpp]\nextension = \".cc\"\n"
        "compile = [\"cc\"]\n");
  EXPECT_NE(ErrorOf("cpp@chip").find("target.toml:1: kind: found 3"),
            std::string::npos);
  Write("chip",
        "kind = \"chip\"\n[languages.cpp]\nextension = \".cc\"\n"
        "compile = []\n");
  EXPECT_NE(ErrorOf("cpp@chip").find("target.toml:4: languages.cpp.compile"),
            std::string::npos);
  Write("chip",
        "kind = \"chip\"\n[languages.cpp]\nextension = \".cc\"\n"
        "compile = [\"cc\"]\ntimeout_s = 0\n");
  EXPECT_NE(ErrorOf("cpp@chip").find("languages.cpp.timeout_s: found 0"),
            std::string::npos);
}

TEST_F(TargetTest, OneFileForManyDevices) {
  Write("vendor",
        "kind = \"gpu\"\n[devices]\nsm_90 = \"90a\"\nsm_89 = \"89\"\n"
        "[languages.cuda]\nextension = \".cu\"\n"
        "compile = [\"nvcc\", \"-gencode=arch=compute_{arch},code=sm_{arch}\"]\n");
  EXPECT_EQ(KnownTargets(data()),
            (std::vector<std::string>{"cpp@native", "cuda@sm_89", "cuda@sm_90"}));
  const auto target = FindTarget("cuda@sm_90", data());
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->device, "sm_90");
  EXPECT_EQ(target->compile.argv[1], "-gencode=arch=compute_90a,code=sm_90a");
  EXPECT_NE(ErrorOf("cuda@vendor").find("unknown target"), std::string::npos);
  // Another architecture's kernels do not run on this one.
  EXPECT_EQ(ErrorOf("cuda@sm_86").find("did you mean"), std::string::npos);
}

TEST_F(TargetTest, ABrokenFileHidesOnlyItself) {
  Write("broken", "kind = \n");
  EXPECT_EQ(KnownTargets(data()), std::vector<std::string>{"cpp@native"});
}

}  // namespace
}  // namespace kernelevolve
