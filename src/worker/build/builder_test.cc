// What the builder refuses to compile, and what it asks of the sandbox.
#include "worker/build/builder.h"

#include <gtest/gtest.h>

#include "process/find_program.h"

namespace kernelevolve::worker {
namespace {

// Runs nothing; keeps what it was asked to run.
class RecordingSandbox : public Sandbox {
 public:
  Result<std::unique_ptr<Sandboxed>> Launch(const SandboxSpec& spec) override {
    launched.push_back(spec);
    return Broken("nothing runs here");
  }
  std::vector<SandboxSpec> launched;
};

class BuilderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(folder_);
    const fs::path include = folder_->path() / "public" / "kernelevolve";
    ASSERT_TRUE(MakeFolders(include));
    ASSERT_TRUE(WriteFileAtomic(include / "abi.h", "// abi"));
    ASSERT_TRUE(WriteFileAtomic(include / "reference.h", "// reference"));
    auto builder = Builder::Create(sandbox_, folder_->path() / "artefacts",
                                   folder_->path() / "public");
    ASSERT_TRUE(builder) << builder.error().message;
    builder_.emplace(*std::move(builder));
    rule_.argv = {"sh", "-I{include}", "{defines}", "-o", "{output}",
                  "{source}"};
    rule_.extension = ".cc";
  }

  Verdictless Build(const std::string& source, bool trusted = false) {
    BuildRequest request;
    request.source = source;
    request.rule = &rule_;
    request.defines = {"BLOCK=8"};
    request.link = {"m"};
    request.trusted = trusted;
    BuildResult result;
    return builder_->Build(request, &result);
  }

  RecordingSandbox sandbox_;
  Result<TempFolder> folder_ = TempFolder::Create("builder-test");
  std::optional<Builder> builder_;
  CompileRule rule_;
};

TEST_F(BuilderTest, RefusesFilesThatAreNotTheKernelsOwn) {
  for (const char* line :
       {"#include \"/etc/passwd\"", "#include </etc/passwd>",
        "#include \"../reference.cc\"", "  #  include <../x.h>",
        "#include <kernelevolve/reference.h>", "#include <kernelevolve/with_error.h>",
        "#include FILE_OF_A_MACRO", "%:include \"/etc/passwd\"", "#embed \"/etc/passwd\"",
        "asm(\".incbin \\\"/etc/passwd\\\"\");"}) {
    const auto outcome = Build(std::string("int a;\n") + line + "\nint b;\n");
    ASSERT_TRUE(outcome) << line;
    ASSERT_TRUE(*outcome) << line;
    EXPECT_EQ((*outcome)->code, Code::kBuildTamper) << line;
    EXPECT_EQ((*outcome)->check, "build_scan") << line;
  }
  EXPECT_TRUE(sandbox_.launched.empty()) << "nothing of it was compiled";
}

TEST_F(BuilderTest, LetsOrdinarySourcesThrough) {
  for (const char* line :
       {"#include <kernelevolve/abi.h>", "#include <cmath>",
        "#include <sys/types.h>", "#include <cmath>  // x in [0..1]", "double x = a / \"/\"[0];",
        "// includes everything from here /to/ there"})
    EXPECT_FALSE(Build(line)) << line << ": would have been compiled";
  EXPECT_EQ(sandbox_.launched.size(), 6u);
}

TEST_F(BuilderTest, TrustedCodeMayUseTheReferenceHeader) {
  EXPECT_FALSE(Build("#include <kernelevolve/reference.h>", true));
  EXPECT_EQ(sandbox_.launched.size(), 1u);
}

fs::path IncludeFolder(const SandboxSpec& spec) {
  for (const SandboxBind& bind : spec.binds)
    if (bind.inside == "/ke/include") return bind.host;
  return {};
}

TEST_F(BuilderTest, ACandidateSeesTheAbiAndNothingElseOfOurs) {
  (void)Build("int a;");
  (void)Build("int a;", /*trusted=*/true);
  ASSERT_EQ(sandbox_.launched.size(), 2u);
  const fs::path ours = "kernelevolve/reference.h";
  const fs::path abi = "kernelevolve/abi.h";
  EXPECT_TRUE(fs::exists(IncludeFolder(sandbox_.launched[0]) / abi));
  EXPECT_FALSE(fs::exists(IncludeFolder(sandbox_.launched[0]) / ours));
  EXPECT_TRUE(fs::exists(IncludeFolder(sandbox_.launched[1]) / ours));
}

TEST_F(BuilderTest, FillsInTheCommandOfTheTarget) {
  (void)Build("int a;");
  ASSERT_EQ(sandbox_.launched.size(), 1u);
  const SandboxSpec& spec = sandbox_.launched[0];
  const std::string launched_program = FindProgram("sh").value_or("");
  EXPECT_EQ(spec.argv,
            (std::vector<std::string>{launched_program, "-I/ke/include",
                                      "-DBLOCK=8", "-o", "/ke/build/kernel.so",
                                      "/ke/build/kernel.cc", "-lm"}));
  EXPECT_EQ(spec.profile, SyscallProfile::kBuild);
}

TEST_F(BuilderTest, TheLimitsAreThoseOfTheTarget) {
  rule_.memory_mb = 100;
  rule_.artefact_mb = 3;
  rule_.timeout_s = 7;
  (void)Build("int a;");
  ASSERT_EQ(sandbox_.launched.size(), 1u);
  const SandboxLimits& limits = sandbox_.launched[0].limits;
  EXPECT_EQ(limits.memory_bytes, 100u << 20);
  EXPECT_EQ(limits.file_bytes, 3u << 20);
  EXPECT_EQ(limits.cpu_seconds, 7);
}

TEST_F(BuilderTest, PrecompilesWhatSourcesBeginWithWhenItComesAgain) {
  rule_.precompile = {"-x", "header"};
  (void)Build("#include <cmath>\nint a;");
  ASSERT_EQ(sandbox_.launched.size(), 1u) << "once: not worth it";
  (void)Build("#include <cmath>\nint b;");
  ASSERT_EQ(sandbox_.launched.size(), 2u);
  EXPECT_EQ(sandbox_.launched[1].argv.back(), "/ke/build/prefix.h");
}

TEST_F(BuilderTest, AMissingCompilerIsNotTheCandidatesFault) {
  rule_.argv[0] = "no-such-compiler";
  const auto outcome = Build("int a;");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kMissing);
}

}  // namespace
}  // namespace kernelevolve::worker
