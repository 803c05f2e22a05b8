#include "engine/export.h"

#include <gtest/gtest.h>

#include "core/task_parser.h"
#include "engine/export/manifest.h"
#include "engine/export/names.h"
#include "engine/testing/toy_run.h"
#include "eval/testing/toy_task.h"
#include "process/command.h"

namespace kernelevolve {
namespace {

constexpr const char* kSource = R"~(// ke:tune UNROLL = 1 in {1, 2}
#include <kernelevolve/abi.h>
extern "C" int ke_run(const ke_call* call) {
  const float* x = (const float*)call->inputs[0].data;
  float* y = (float*)call->outputs[0].data;
  for (int64_t i = 0; i < call->inputs[0].shape[0]; ++i) y[i] = UNROLL * x[i];
  return 0;
}
)~";

// A task with everything an interface has to spell.
constexpr const char* kRichTask = R"~(
name     = "rich_task"
summary  = "gather with bias"
operator = "gather"
dims     = ["n", "class"]

[[inputs]]
name = "index"
dtype = "i32"
shape = ["n"]
values = "randint(0, class - 1)"

[[inputs]]
name = "table"
dtype = "f32"
shape = ["class", "max(n, 2, 3) + ceildiv(class, 2)"]
values = "normal(0, 1)"
constant = true

[[inputs]]
name = "offsets"
dtype = "i64"
shape = ["n + 1"]
values = "jagged_offsets(class)"

[[attributes]]
name = "eps"
default = 0.5

[[outputs]]
name = "y"
dtype = "f32"
shape = ["n"]

[[shapes]]
name = "only"
n = 20
class = 6

[domain]
n = [1, 20]
class = [1, 20]

[reference]
cpp = "reference.cc"
)~";

// Uses workspace, set-up and an attribute: y = table[index][0] + eps.
constexpr const char* kRichSource = R"~(#include <kernelevolve/abi.h>
#include <stdlib.h>
extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return call->outputs[0].shape[0] * sizeof(float);
}
extern "C" int ke_setup(const ke_call* call, void** state) {
  const int64_t rows = call->inputs[1].shape[0];
  float* first = (float*)malloc(rows * sizeof(float));
  for (int64_t i = 0; i < rows; ++i)
    first[i] = ((const float*)call->inputs[1].data)
        [i * call->inputs[1].strides[0]];
  *state = first;
  return call->inputs[0].data != 0;  // only constants have data here
}
extern "C" void ke_teardown(void* state) { free(state); }
extern "C" int ke_run(const ke_call* call) {
  if (call->inputs[1].shape[1] != 20 + 3) return 1;
  float* scratch = (float*)call->workspace;
  for (int64_t i = 0; i < call->outputs[0].shape[0]; ++i) {
    scratch[i] = ((const float*)call->state)
        [((const int32_t*)call->inputs[0].data)[i]];
    ((float*)call->outputs[0].data)[i] = scratch[i] + call->attributes[0];
  }
  return 0;
}
)~";

fs::path AbiHeader() {
  return *DataFolder() / "include" / "kernelevolve" / "abi.h";
}

class ExportTest : public testing::Test {
 protected:
  ExportTest() : folder_(*TempFolder::Create("export")) {
    request_.task = ToyTask();
    request_.target = ToyTarget();
    request_.target.compile.argv = {
        "g++",         "-O1",       "-fPIC", "-shared",  "-pthread", "-fopenmp",
        "-I{include}", "{defines}", "-o",    "{output}", "{source}"};
    request_.candidate = {"cpp", kSource, {{"UNROLL", "2"}}, "toy"};
    request_.evaluation = FakeAccepted(3, 0.02);
    request_.evaluation.stage = Stage::kFinal;
    request_.device = "a fake device";
    request_.toolchain = "fake 1.0";
    request_.abi_header = AbiHeader();
  }
  fs::path out() const { return folder_.path() / "out"; }

  CommandOutcome Run(std::vector<std::string> argv) const {
    ChildSpec spec;
    spec.argv = std::move(argv);
    spec.working_folder = out();
    CommandLimits limits;
    limits.timeout = std::chrono::seconds(100);
    auto outcome = RunCommand(spec, limits, StopCondition());
    if (!outcome) {
      ADD_FAILURE() << outcome.error().message;
      return {};
    }
    EXPECT_TRUE(outcome->exit.ok()) << outcome->output << outcome->errors;
    return *outcome;
  }

  TempFolder folder_;
  ExportRequest request_;
};

TEST_F(ExportTest, TheFolderBuildsAndRunsWithMake) {
  const auto exported = ExportKernel(request_, ExportFormat::kC, out());
  ASSERT_TRUE(exported) << exported.error().message;
  const CommandOutcome made = Run({"make", "all", "run"});
  EXPECT_NE(made.output.find("us a call"), std::string::npos);
  EXPECT_TRUE(fs::exists(out() / "libtwice.so"));
}

TEST_F(ExportTest, AnInterfaceWithConstantsAttributesAndExpressionsWorks) {
  ParsedTask parsed =
      ParseTask({{"task.toml", kRichTask}, {"reference.cc", "// none\n"}});
  for (const Diagnostic& diagnostic : parsed.diagnostics)
    ADD_FAILURE() << diagnostic.ToString();
  request_.task = parsed.task;
  request_.candidate = {"cpp", kRichSource, {}, "rich"};
  ASSERT_TRUE(ExportKernel(request_, ExportFormat::kC, out()));
  ASSERT_TRUE(WriteFileAtomic(out() / "example.c", R"~(
#include <stdio.h>
#include <rich_task.h>
int main(void) {
  int32_t index[20] = {5, 0};
  float table[6 * 23], y[20];
  int64_t offsets[21] = {0};
  for (int i = 0; i < 6 * 23; ++i) table[i] = i;
  rich_task_plan* plan = rich_task_create(20, 6, 0.25, table);
  if (!plan || rich_task_run(plan, index, offsets, y)) return 1;
  rich_task_destroy(plan);
  printf("%g %g\n", y[0], y[1]);
  return 0;
}
)~"));
  EXPECT_NE(Run({"make", "run"}).output.find("115.25 0.25"), std::string::npos);
}

TEST_F(ExportTest, TheGeneratedExampleFitsARichTask) {
  ParsedTask parsed =
      ParseTask({{"task.toml", kRichTask}, {"reference.cc", "// none\n"}});
  request_.task = parsed.task;
  request_.candidate = {"cpp", kRichSource, {}, "rich"};
  ASSERT_TRUE(ExportKernel(request_, ExportFormat::kC, out()));
  EXPECT_NE(Run({"make", "run"}).output.find("us a call"), std::string::npos);
}

TEST_F(ExportTest, TheFolderBuildsTestsAndInstallsWithCMake) {
  ASSERT_TRUE(ExportKernel(request_, ExportFormat::kCMake, out()));
  Run({"cmake", "-B", "build", "-S", "."});
  Run({"cmake", "--build", "build"});
  Run({"ctest", "--test-dir", "build"});
  Run({"cmake", "--install", "build", "--prefix", "prefix"});
  EXPECT_TRUE(fs::exists(out() / "prefix" / "include" / "twice.h"));
  // A program that finds it.
  const fs::path user = out() / "user";
  ASSERT_TRUE(MakeFolders(user));
  ASSERT_TRUE(WriteFileAtomic(
      user / "CMakeLists.txt",
      "cmake_minimum_required(VERSION 3.16)\nproject(user C CXX)\n"
      "find_package(twice REQUIRED)\nadd_executable(user user.c)\n"
      "target_link_libraries(user twice::twice)\n"
      "set_target_properties(user PROPERTIES LINKER_LANGUAGE CXX)\n"));
  ASSERT_TRUE(
      WriteFileAtomic(user / "user.c",
                      "#include <twice.h>\nint main(void) { float x = 3, y;\n"
                      "twice_plan* p = twice_create(1); twice_run(p, &x, &y);\n"
                      "twice_destroy(p); return y == 6 ? 0 : 1; }\n"));
  Run({"cmake", "-B", "user/build", "-S", "user",
       "-DCMAKE_PREFIX_PATH=" + (out() / "prefix").string()});
  Run({"cmake", "--build", "user/build"});
  Run({(out() / "user/build/user").string()});
}

TEST_F(ExportTest, AFolderInUseIsLeftAlone) {
  ASSERT_TRUE(MakeFolders(out()));
  ASSERT_TRUE(WriteFileAtomic(out() / "mine.txt", "mine"));
  const auto refused = ExportKernel(request_, ExportFormat::kC, out());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
  EXPECT_FALSE(fs::exists(out() / "kernel.cc"));
}

TEST_F(ExportTest, AKernelOfAnotherLanguageIsRefused) {
  request_.candidate.language = "triton";
  EXPECT_FALSE(ExportKernel(request_, ExportFormat::kC, out()));
}

TEST_F(ExportTest, AManifestSurvivesTheRoundTrip) {
  ASSERT_TRUE(ExportKernel(request_, ExportFormat::kC, out()));
  const auto manifest = ReadManifest(out());
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->task_digest, request_.task.Digest());
  EXPECT_EQ(manifest->parameters, request_.candidate.parameters);
  EXPECT_EQ(manifest->evaluation.speedup, 3);
  EXPECT_EQ(DumpJson(ToJson(*manifest)),
            DumpJson(ToJson(*ManifestFromJson(ToJson(*manifest)))));
}

TEST(ExportNames, AreIdentifiers) {
  EXPECT_EQ(CName("fused-softmax"), "fused_softmax");
  EXPECT_EQ(CName("2d"), "k2d");
  EXPECT_EQ(CName("class"), "class_");
  EXPECT_EQ(CExpression(*Expression::Parse("max(class, n) * 2")),
            "max(class_, n) * 2");
}

}  // namespace
}  // namespace kernelevolve
