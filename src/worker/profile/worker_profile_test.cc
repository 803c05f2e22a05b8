// The worker as a whole: what it sends of kernels that it has accepted.
#include <gtest/gtest.h>

#include "base/format.h"
#include "base/text.h"
#include "core/evaluation_json.h"
#include "core/profile_text.h"
#include "core/target.h"
#include "core/task_parser.h"
#include "core/tune.h"
#include "process/child.h"
#include "wire/frame.h"
#include "wire/messages.h"

namespace kernelevolve::worker {
namespace {

// A softmax as a person writes it first.
constexpr const char* kPlain = R"(#include <kernelevolve/abi.h>

#include <cmath>

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  for (int64_t row = 0; row < rows; ++row) {
    const float* x = static_cast<const float*>(call->inputs[0].data) + row * cols;
    float* y = static_cast<float*>(call->outputs[0].data) + row * cols;
    float largest = x[0];
    for (int64_t i = 1; i < cols; ++i)
      largest = std::isnan(x[i]) || x[i] > largest ? x[i] : largest;
    float sum = 0;
    for (int64_t i = 0; i < cols; ++i) sum += y[i] = std::exp(x[i] - largest);
    for (int64_t i = 0; i < cols; ++i) y[i] /= sum;
  }
  return 0;
}
)";

// The shipped recipe for the shipped task, as the engine would fill it in.
Result<std::string> Recipe(const fs::path& data) {
  ASSIGN_OR_RETURN(
      const std::string text,
      ReadFile(data / "knowledge" / "recipes" / "cpp" / "softmax_staged.cc"));
  const std::string filled =
      ReplaceAll(text, "// ke:bindings",
                 "constexpr int IN_x = 0;\nconstexpr int OUT_y = 0;");
  return "#define STREAM 1\n#define DEGREE 5\n#define DIVIDE 0\n" + filled;
}

// One worker with its own lane and scratch, as an engine starts it.
class WorkerProfileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(folder_);
    const fs::path self = fs::read_symlink("/proc/self/exe").parent_path();
    ChildSpec spec;
    spec.argv = {(self / "kernelevolve-worker").string(), "serve", "--scratch",
                 folder_->path().string()};
    spec.pipe_input = true;
    spec.error_log = folder_->path() / "log";
    auto child = Child::Start(spec);
    ASSERT_TRUE(child) << child.error().message;
    child_.emplace(*std::move(child));
    const auto hello = ReadFrame(child_->output(), 60'000);
    ASSERT_TRUE(hello) << hello.error().message;
    ASSERT_EQ(wire::MessageType(*hello), "hello") << DumpJson(*hello);
    const auto data = DataFolder();
    ASSERT_TRUE(data);
    data_ = *data;
    auto task = FindTask("softmax", data_);
    ASSERT_TRUE(task) << task.error().message;
    request_.task = *std::move(task);
    auto target = FindTarget("cpp@native", data_);
    ASSERT_TRUE(target) << target.error().message;
    request_.target = *std::move(target);
    request_.candidate.language = "cpp";
  }

  Result<Evaluation> Evaluate(const std::string& source, bool explain) {
    request_.id += 1;
    request_.explain = explain;
    request_.candidate.source = source;
    ASSIGN_OR_RETURN(const TuneSpace space, ParseTuneSpace(source));
    ASSIGN_OR_RETURN(request_.candidate.parameters, space.Complete({}));
    RETURN_IF_ERROR(WriteFrame(child_->input(), wire::ToJson(request_)));
    phases_.clear();
    while (true) {
      ASSIGN_OR_RETURN(const Json answer, ReadFrame(child_->output(), 100'000));
      const std::string type = wire::MessageType(answer);
      if (type == "error") return Fail(wire::ErrorFromJson(answer));
      if (type == "result")
        return EvaluationFromJson(GetMember(answer, "evaluation"));
      phases_.push_back(GetString(answer, "phase").value_or(""));
    }
  }

  Result<TempFolder> folder_ = TempFolder::Create("ke-profile-test");
  std::optional<Child> child_;
  fs::path data_;
  wire::EvaluateRequest request_;
  std::vector<std::string> phases_;
};

std::string Shown(const Profile& profile) {
  return Join(ProfileLines(profile), "\n");
}

TEST_F(WorkerProfileTest, SaysWhyARecipeIsQuickAndAPlainKernelIsNot) {
  const auto recipe = Recipe(data_);
  ASSERT_TRUE(recipe) << recipe.error().message;
  const auto quick = Evaluate(*recipe, /*explain=*/true);
  ASSERT_TRUE(quick) << quick.error().message;
  ASSERT_TRUE(quick->accepted()) << quick->message << quick->log;
  ASSERT_TRUE(quick->profile);
  const Profile& good = *quick->profile;
  SCOPED_TRACE(Shown(good));
  EXPECT_EQ(phases_.back(), "profile");
  EXPECT_GT(quick->phases.profile, 0);
  EXPECT_TRUE(good.full);
  ASSERT_EQ(good.shapes.size(), quick->shapes.size());
  EXPECT_GT(good.memory(), 0);
  ASSERT_FALSE(good.loops.empty());
  EXPECT_GE(good.vector_bits(), 256);
  EXPECT_GT(good.total().fma, 0);
  EXPECT_EQ(good.total().calls, 0);
  EXPECT_FALSE(good.loops[0].lines.empty());
  EXPECT_FALSE(good.counters.empty() && good.lost.empty())
      << "either counted, or a line says why not";
  EXPECT_LE(ProfileLines(good).size(), kProfileLines);

  const auto slow = Evaluate(kPlain, /*explain=*/true);
  ASSERT_TRUE(slow) << slow.error().message;
  ASSERT_TRUE(slow->accepted()) << slow->message << slow->log;
  ASSERT_TRUE(slow->profile);
  const Profile& plain = *slow->profile;
  SCOPED_TRACE(Shown(plain));
  bool calls_exp = false;
  for (const HotLoop& loop : plain.loops)
    for (const std::string& callee : loop.callees)
      calls_exp |= callee.find("exp") != std::string::npos;
  EXPECT_TRUE(calls_exp);
  ASSERT_FALSE(plain.remarks.empty());
  for (const std::string& remark : plain.remarks)
    EXPECT_TRUE(remark.starts_with("kernel.cc:")) << remark;
}

TEST_F(WorkerProfileTest, AQuickLookAtTheSearchStageAndNoneAtAFailure) {
  const auto quick = Evaluate(kPlain, /*explain=*/false);
  ASSERT_TRUE(quick) << quick.error().message;
  ASSERT_TRUE(quick->accepted()) << quick->message;
  ASSERT_TRUE(quick->profile);
  SCOPED_TRACE(Shown(*quick->profile));
  EXPECT_FALSE(quick->profile->full);
  EXPECT_FALSE(quick->profile->loops.empty());
  EXPECT_TRUE(quick->profile->remarks.empty());
  EXPECT_TRUE(quick->profile->lost.empty());
  EXPECT_GT(quick->phases.profile, 0);
  EXPECT_TRUE(quick->profile->counters.empty()) << "no call was observed";

  const auto wrong = Evaluate(
      "#include <kernelevolve/abi.h>\n"
      "extern \"C\" int ke_run(const ke_call*) { return 0; }\n",
      /*explain=*/true);
  ASSERT_TRUE(wrong) << wrong.error().message;
  EXPECT_EQ(wrong->status, VerdictStatus::kReject);
  EXPECT_FALSE(wrong->profile);
  EXPECT_EQ(wrong->phases.profile, 0);
}

}  // namespace
}  // namespace kernelevolve::worker
