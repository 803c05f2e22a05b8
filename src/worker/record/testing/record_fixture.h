// What tests of the recorder share: kernels are compiled as a judge would, and
// recorded in its sandbox.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "base/file.h"
#include "core/target.h"
#include "process/find_program.h"
#include "worker/build/builder.h"
#include "worker/record/recorder.h"
#include "worker/record/testing/cuda_kernels.h"

namespace kernelevolve::worker::testing {

// An H100, two shapes of one input, one constant and one output.
inline Json SampleRequest() {
  Json shapes = Json::array();
  for (const int n : {512, 2048}) {
    const auto tensor = [&](const char* name, const char* role, bool constant) {
      return Json{{"name", name}, {"role", role}, {"dtype", "f32"},
                  {"shape", {n}}, {"constant", constant}};
    };
    shapes.push_back({{"tensors", {tensor("x", "input", false),
                                   tensor("w", "input", true),
                                   tensor("y", "output", false)}},
                      {"attributes", {{{"name", "k"}, {"value", 1.5}}}}});
  }
  return {{"parameters", Json::object()},
          {"arch", 90},
          {"device", {{"multiprocessors", 132},
                      {"shared_per_block_optin", 232448},
                      {"shared_per_multiprocessor", 233472},
                      {"registers_per_multiprocessor", 65536},
                      {"max_threads_per_multiprocessor", 2048},
                      {"warp", 32},
                      {"l2_bytes", 52428800},
                      {"global_bytes", 85000000000},
                      {"name", "A device"}}},
          {"shapes", std::move(shapes)}};
}

// Where nvcc is not, tests say so and do nothing.
class RecordTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!FindProgram("nvcc")) GTEST_SKIP() << "no nvcc in PATH";
    auto sandbox = MakeSandbox({});
    ASSERT_TRUE(sandbox) << sandbox.error().message;
    sandbox_ = *std::move(sandbox);
    const auto data = DataFolder();
    ASSERT_TRUE(data && folder_);
    auto target = FindTarget("cuda@sm_90", *data);
    ASSERT_TRUE(target) << target.error().message;
    target_ = *std::move(target);
    auto builder =
        Builder::Create(*sandbox_, folder_->path(), *data / "include");
    ASSERT_TRUE(builder) << builder.error().message;
    builder_.emplace(*std::move(builder));
  }

  Verdictless Record(const std::string& body,
                     const std::vector<std::string>& defines = {},
                     std::chrono::milliseconds limit = kRecordTimeout) {
    BuildRequest request;
    request.source = kPrelude + body;
    request.rule = &target_.compile;
    request.defines = defines;
    RETURN_IF_FAILED(builder_->Build(request, &built_));
    return RecordCuda(*sandbox_,
                      fs::read_symlink("/proc/self/exe").parent_path() /
                          "kernelevolve-worker",
                      built_.library, SampleRequest(), &recorded_, limit);
  }

  // The plan is there, or the test has failed.
  const ShapePlan& Plan(const std::string& body,
                        const std::vector<std::string>& defines = {}) {
    static const ShapePlan kNone{.run = {PlanOp(), PlanOp(), PlanOp(), PlanOp(),
                                         PlanOp(), PlanOp(), PlanOp(), PlanOp()}};
    const auto outcome = Record(body, defines);
    EXPECT_TRUE(outcome) << outcome.error().message;
    if (!outcome) return kNone;
    EXPECT_FALSE(*outcome) << CodeName((*outcome)->code) << ": "
                           << (*outcome)->message << "\n" << (*outcome)->log;
    EXPECT_EQ(recorded_.plan.shapes.size(), *outcome ? 0u : 2u);
    return *outcome ? kNone : recorded_.plan.shapes[0];
  }

  Failure Refusal(const std::string& body,
                  const std::vector<std::string>& defines = {},
                  std::chrono::milliseconds limit = kRecordTimeout) {
    const auto outcome = Record(body, defines, limit);
    EXPECT_TRUE(outcome) << outcome.error().message;
    if (!outcome || !*outcome) {
      ADD_FAILURE() << "was recorded";
      return {};
    }
    return **outcome;
  }

  std::unique_ptr<Sandbox> sandbox_;
  Result<TempFolder> folder_ = TempFolder::Create("ke-record");
  Target target_;
  std::optional<Builder> builder_;
  BuildResult built_;
  RecordedKernel recorded_;
};

}  // namespace kernelevolve::worker::testing
