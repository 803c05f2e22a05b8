#include "worker/python/python_recorder.h"

#include "process/find_python.h"
#include "worker/python/testing/move_request.h"
#include "worker/sandbox/testing/fixture.h"

namespace kernelevolve::worker::testing {
namespace {

constexpr const char* kDescriptors = R"py(
import torch, triton, triton.language as tl
from triton.tools.tensor_descriptor import TensorDescriptor

@triton.jit
def move(x, y, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK
    y.store([at], x.load([at]))

def run(x, *, outputs, workspace):
    a = TensorDescriptor.from_tensor(x, [128])
    b = TensorDescriptor.from_tensor(outputs[0], [128])
    move[(8,)](a, b, 128)
)py";

class PythonRecorderTest : public SandboxTest {
 protected:
  void SetUp() override {
    SandboxTest::SetUp();
    if (HasFatalFailure()) return;
    const auto python = FindPython("torch", stop_);
    if (!python) GTEST_SKIP() << python.error().message;
    const auto data = DataFolder();
    ASSERT_TRUE(data) << data.error().message;
    recorder_.emplace(*sandbox_,
                      PythonRecorderOptions{*data / "runners" / "python"}, stop_);
  }

  std::optional<Failure> Record(const std::string& source) {
    const auto outcome = recorder_->Record(source, MoveRequest(), &kernel_);
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome ? *outcome : std::nullopt;
  }

  StopCondition stop_;
  std::optional<PythonRecorder> recorder_;
  RecordedKernel kernel_;
};

TEST_F(PythonRecorderTest, APlanIsReadAndItsKernelsAreKnown) {
  const auto failed =
      Record(std::string(kMoveKernel) + kMoveLaunch);
  ASSERT_FALSE(failed) << failed->message;
  ASSERT_EQ(kernel_.plan.shapes.size(), 1u);
  ASSERT_EQ(kernel_.plan.shapes[0].run.size(), 1u);
  const auto& launch = std::get<LaunchOp>(kernel_.plan.shapes[0].run[0]);
  EXPECT_EQ(launch.kernel, "move");
  EXPECT_EQ(launch.pointers.size(), 2u);
  ASSERT_EQ(kernel_.facts.size(), 1u);
  EXPECT_GT(kernel_.facts[0].registers, 0);
}

TEST_F(PythonRecorderTest, TensorMapsStandWhereTheImageWantsThem) {
  const auto failed = Record(kDescriptors);
  ASSERT_FALSE(failed) << failed->message;
  EXPECT_EQ(kernel_.plan.shapes[0].tensor_maps.size(), 2u);
}

TEST_F(PythonRecorderTest, AFailureIsTheCandidates) {
  const auto failed = Record(std::string(kMoveKernel) + "    y = x + 1\n");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, Code::kDelegation);
  EXPECT_NE(failed->message.find("aten.add"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::worker::testing
