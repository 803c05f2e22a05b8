// How the builder takes a compiler's steps itself. No compiler runs: a stand-in
// says what it would do.
#include <gtest/gtest.h>

#include <functional>

#include "process/find_program.h"
#include "worker/build/build_command.h"
#include "worker/build/builder.h"
#include "worker/sandbox/testing/ended_process.h"

namespace kernelevolve::worker {
namespace {

constexpr char kDryRun[] =
    R"(#$ gcc -E "/ke/build/kernel.cu" 
#$ cudafe++ --gen_module_id_file --module_id_file_name "/tmp/k.module_id" "x" 
#$ gcc -E "/ke/build/kernel.cu" 
#$ "$CICC_PATH/cicc" --module_id_file_name "/tmp/k.module_id" -o "/tmp/k.ptx"
#$ ptxas "/tmp/k.ptx" -o "/tmp/k.cubin" 
#$ fatbinary "--image3=file=/tmp/k.cubin" 
#$ gcc -c "/tmp/k.cpp" -o "/tmp/k.o" 
#$ g++ "/tmp/k.o" -shared -o "/ke/build/kernel.so" 
)";

class CompilerOfSteps : public Sandbox {
 public:
  Result<std::unique_ptr<Sandboxed>> Launch(const SandboxSpec& spec) override {
    launched.push_back(spec);
    const fs::path folder = spec.binds[0].host;
    ExitReport report;
    if (spec.argv.back() == "/tmp") {  // --keep-dir
      sources_of_dry_runs.push_back(ReadFile(folder / "kernel.cu").value_or("?"));
      report.errors = dry_run;
    } else {
      (void)WriteFileAtomic(folder / "kernel.so", "library");
      put_image(folder / kImageName);
    }
    return std::make_unique<testing::EndedProcess>(std::move(report));
  }

  std::string dry_run = kDryRun;
  std::function<void(const fs::path&)> put_image = [](const fs::path& path) {
    (void)WriteFileAtomic(path, "machine code");
  };
  std::vector<SandboxSpec> launched;
  std::vector<std::string> sources_of_dry_runs;
};

class BuilderStepsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!FindProgram("nvcc")) GTEST_SKIP() << "no nvcc in PATH";
    ASSERT_TRUE(folder_);
    const fs::path include = folder_->path() / "public" / "kernelevolve";
    ASSERT_TRUE(MakeFolders(include));
    ASSERT_TRUE(WriteFileAtomic(include / "abi.h", "// abi"));
    auto builder = Builder::Create(sandbox_, folder_->path() / "artefacts",
                                   folder_->path() / "public");
    ASSERT_TRUE(builder) << builder.error().message;
    builder_.emplace(*std::move(builder));
    rule_.argv = {"nvcc", "-shared", "{defines}", "-o", "{output}", "{source}"};
    rule_.extension = ".cu";
  }

  void Build(const std::string& source, const std::string& define = "BLOCK=8") {
    BuildRequest request;
    request.source = source;
    request.rule = &rule_;
    request.defines = {define};
    request.on_image = [this](const std::string& image) {
      images_.push_back(image);
    };
    BuildResult result;
    const auto outcome = builder_->Build(request, &result);
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_FALSE(*outcome) << (*outcome)->message;
  }

  CompilerOfSteps sandbox_;
  Result<TempFolder> folder_ = TempFolder::Create("builder-steps-test");
  std::optional<Builder> builder_;
  CompileRule rule_;
  std::vector<std::string> images_;
};

TEST_F(BuilderStepsTest, AsksOnceForEachCommandAndNeverShowsASource) {
  Build("int a;");
  Build("int b;");
  ASSERT_EQ(sandbox_.launched.size(), 3u);
  EXPECT_EQ(sandbox_.launched[1].argv[0], "/bin/sh");
  EXPECT_EQ(sandbox_.launched[1].argv, sandbox_.launched[2].argv);
  Build("int b;", "BLOCK=9");
  EXPECT_EQ(sandbox_.launched.size(), 5u);
  EXPECT_EQ(sandbox_.sources_of_dry_runs, (std::vector<std::string>{"", ""}));
}

TEST_F(BuilderStepsTest, RunsTheCompilerItselfWhereItsStepsAreUnknown) {
  sandbox_.dry_run = "nvcc fatal : no such option";
  Build("int a;");
  ASSERT_EQ(sandbox_.launched.size(), 2u);
  EXPECT_EQ(fs::path(sandbox_.launched[1].argv[0]).filename(), "nvcc");
  EXPECT_EQ(sandbox_.launched[1].argv.back(), "/ke/build/kernel.cu");
}

TEST_F(BuilderStepsTest, HandsOverTheImage) {
  Build("int a;");
  EXPECT_EQ(images_, std::vector<std::string>{"machine code"});
}

TEST_F(BuilderStepsTest, FollowsNoLinkToAnImage) {
  sandbox_.put_image = [](const fs::path& path) {
    std::error_code ignored;
    fs::create_symlink("/etc/hostname", path, ignored);
  };
  Build("int a;");
  EXPECT_TRUE(images_.empty());
}

TEST_F(BuilderStepsTest, DoesWithoutAnImage) {
  sandbox_.put_image = [](const fs::path&) {};
  Build("int a;");
  EXPECT_TRUE(images_.empty());
}

}  // namespace
}  // namespace kernelevolve::worker
