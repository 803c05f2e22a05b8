#include "propose/llm/skeleton.h"

#include <gtest/gtest.h>

#include "base/format.h"

namespace kernelevolve {
namespace {

bool Holds(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

class SkeletonTest : public testing::Test {
 protected:
  static TensorSpec Tensor(const std::string& name, DType dtype,
                           const std::vector<std::string>& shape) {
    TensorSpec tensor;
    tensor.name = name;
    tensor.dtype = dtype;
    for (const std::string& extent : shape)
      tensor.shape.push_back(*Expression::Parse(extent));
    return tensor;
  }
  SkeletonTest() {
    task_.dims = {"B", "N"};
    task_.inputs = {Tensor("x", DType::kF16, {"B", "N"}),
                    Tensor("B", DType::kI32, {"N + 1"})};
    task_.outputs = {Tensor("y", DType::kF32, {"B", "N"})};
    task_.attributes = {{"eps", 1e-5}};
  }
  Task task_;
};

TEST_F(SkeletonTest, BindsEveryNameOfTheTask) {
  const std::string text = SkeletonText(task_, "cpp");
  EXPECT_TRUE(Holds(text, "#include <kernelevolve/abi.h>\n")) << text;
  // What most kernels use, and models forget.
  for (const char* header : {"algorithm", "cfloat", "cmath", "cstdint"})
    EXPECT_TRUE(Holds(text, format("#include <{}>\n", header))) << text;
  EXPECT_TRUE(Holds(text, "extern \"C\" int ke_run(const ke_call* call) {\n"));
  EXPECT_TRUE(Holds(text, "  const int64_t N = call->inputs[0].shape[1];\n"));
  EXPECT_TRUE(Holds(text,
                    "  const _Float16* x = static_cast<const "
                    "_Float16*>(call->inputs[0].data);  // [B, N]\n"))
      << text;
  // A tensor that is called like a size.
  EXPECT_TRUE(Holds(text, "const int32_t* B_ = ")) << text;
  EXPECT_TRUE(Holds(text, "  float* y = static_cast<float*>(call->outputs[0]"));
  EXPECT_TRUE(Holds(text, "  const double eps = call->attributes[0];\n"));
  EXPECT_TRUE(Holds(text, "  return 0;\n}\n```\n"));
  EXPECT_FALSE(Holds(text, "...")) << "a placeholder is what models copy";
}

TEST_F(SkeletonTest, CudaLaunchesOnTheStream) {
  const std::string text = SkeletonText(task_, "cuda");
  EXPECT_TRUE(Holds(text, "#include <cuda_fp16.h>\n"));
  EXPECT_TRUE(Holds(text, "const __half* x"));
  EXPECT_TRUE(Holds(text, "static_cast<cudaStream_t>(call->stream)"));
}

TEST_F(SkeletonTest, TritonNamesItsArguments) {
  const std::string text = SkeletonText(task_, "triton");
  EXPECT_TRUE(Holds(text, "def run(x, B_, *, outputs, workspace, eps):\n"))
      << text;
  EXPECT_TRUE(Holds(text, "    y = outputs[0]  # f32 [B, N]\n")) << text;
  EXPECT_TRUE(Holds(text, "    N = x.shape[1]\n")) << text;
}

TEST_F(SkeletonTest, OtherLanguagesHaveNone) {
  EXPECT_EQ(SkeletonText(task_, "flydsl"), "");
}

}  // namespace
}  // namespace kernelevolve
