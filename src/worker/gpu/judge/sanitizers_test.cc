// The real launcher under a stand-in for compute-sanitizer, over a stand-in for
// the driver.
#include "worker/gpu/judge/sanitizers.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr const char* kClean =
    "========= COMPUTE-SANITIZER\\n========= ERROR SUMMARY: 0 errors\\n";
constexpr const char* kUnwritten =
    "========= COMPUTE-SANITIZER\\n"
    "========= Uninitialized __global__ memory read of size 4 bytes\\n"
    "=========     at add_one+0x70\\n========= ERROR SUMMARY: 1 error\\n";

std::string Image(const std::string& kernels) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_ABIVERSION] = 7;
  header.e_machine = 190;
  header.e_flags = 90;
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) +
         kernels;
}

class SanitizersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    own_ = fs::read_symlink("/proc/self/exe").parent_path();
    machine_.worker_binary = own_ / "kernelevolve-worker";
    task_.inputs.emplace_back();
    task_.outputs.emplace_back();
    inputs_.tensors = {std::vector<uint8_t>(4, 0)};
    path_ = std::getenv("PATH");
    Launch("add_one", {0, 8, 16});
  }
  void TearDown() override { setenv("PATH", path_.c_str(), 1); }

  void Launch(const std::string& kernel, std::vector<uint32_t> offsets) {
    LaunchOp op;
    op.kernel = kernel;
    op.parameters.assign(24, 0);
    op.parameters[16] = 1;
    op.offsets = std::move(offsets);
    op.pointers = {{0, {{BufferRef::Kind::kInput, 0}, 0}},
                   {8, {{BufferRef::Kind::kOutput, 0}, 0}}};
    plan_.run = {op};
  }

  // A tool that writes `clean`, or for `tool` something else, and runs what it
  // is given.
  void Install(const std::string& tool, const std::string& said) {
    const fs::path program = folder_.path() / "compute-sanitizer";
    ASSERT_TRUE(WriteFileAtomic(
        program, format("#!/bin/bash\n"
                        "while [[ $1 == --* ]]; do\n"
                        "  [[ $1 == --log-file ]] && log=$2\n"
                        "  [[ $1 == --tool ]] && tool=$2\n"
                        "  shift 2\n"
                        "done\n"
                        "\"$@\"\n"
                        "if [[ $tool == {} ]]; then printf '{}'; else printf "
                        "'{}'; fi > \"$log\"\n",
                        tool, said, kClean)));
    fs::permissions(program, fs::perms::owner_all);
    setenv("PATH", (folder_.path().string() + ":" + path_).c_str(), 1);
  }

  std::optional<Failure> Run(const CheckSet& checks = {}) {
    return RunSanitizers({machine_, 0, task_, shape_, plan_, modules_, inputs_,
                          (own_ / "libfake_driver.so").string()},
                         checks, &notes_);
  }

  TempFolder folder_ = TempFolder::Create("sanitizers_test").value();
  fs::path own_;
  std::string path_;
  Machine machine_;
  Task task_;
  ShapeCase shape_;
  ShapePlan plan_;
  std::vector<std::string> modules_ = {Image("add_one 8 8 4\nfault\n")};
  InputSet inputs_;
  std::vector<std::string> notes_;
};

TEST_F(SanitizersTest, AllCleanIsSilence) {
  Install("none", "");
  EXPECT_FALSE(Run());
  EXPECT_TRUE(notes_.empty()) << notes_[0];
}

TEST_F(SanitizersTest, AFindingIsAFailureOfItsTool) {
  Install("initcheck", kUnwritten);
  const auto failure = Run();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kUninit);
  EXPECT_EQ(failure->check, "sanitizer_initcheck");
  EXPECT_NE(failure->message.find("at add_one+0x70"), std::string::npos);
  EXPECT_TRUE(notes_.empty());
  EXPECT_FALSE(Run(CheckSet::Without({"sanitizer_initcheck"}).value()));
}

TEST_F(SanitizersTest, AToolThatSaysNothingIsANote) {
  Install("synccheck", "");
  EXPECT_FALSE(Run());
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_TRUE(notes_[0].starts_with("synccheck says nothing")) << notes_[0];
}

TEST_F(SanitizersTest, ACallThatFailsWithoutAFindingIsANote) {
  Install("none", "");
  LaunchOp op;
  op.kernel = "fault";
  plan_.run = {op};
  EXPECT_FALSE(Run());
  ASSERT_EQ(notes_.size(), 4u);
  EXPECT_NE(notes_[0].find("ILLEGAL_ADDRESS"), std::string::npos) << notes_[0];
}

TEST_F(SanitizersTest, HazardsBesideTensorMapsAreANote) {
  Install("racecheck",
          "========= Error: Race reported between Write access at k+0x10\\n");
  ASSERT_TRUE(Run());
  plan_.tensor_maps = {{{{BufferRef::Kind::kInput, 0}, 0}, 7, 0, 0, 0, 0, {8, 8},
                        {32}, {8, 8}, {1, 1}}};
  EXPECT_FALSE(Run());
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_NE(notes_[0].find("tensor maps"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
