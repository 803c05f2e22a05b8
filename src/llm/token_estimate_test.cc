#include "llm/token_estimate.h"

#include <gtest/gtest.h>

#include "llm/testing/scripted_client.h"

namespace kernelevolve {
namespace {

TEST(TokenEstimateTest, IsNeverBelowAQuarterOfTheBytes) {
  for (const char* text : {"", "a", "the quick brown fox", "0x1234abcd",
                           "      ", "漢字漢字", "for (int i = 0; i < n; ++i)"}) {
    const std::string_view view = text;
    EXPECT_GE(4 * EstimateTokens(view), static_cast<int64_t>(view.size()));
    EXPECT_LE(EstimateTokens(view), static_cast<int64_t>(view.size()));
  }
}

TEST(TokenEstimateTest, CountsCodeDenserThanProse) {
  EXPECT_GE(EstimateTokens("x[i+1]=y[j];"), 10);
  EXPECT_EQ(EstimateTokens("a bat sat"), 3);
  EXPECT_EQ(EstimateTokens("threadIdx"), 3);
}

TEST(TokenEstimateTest, CountsToolsAndSchema) {
  ChatRequest request = RequestOf("hello");
  const int64_t plain = EstimatePromptTokens(request);
  request.tools.push_back({"lint", "compiles", Json{{"type", "object"}}});
  const int64_t tools = EstimatePromptTokens(request);
  EXPECT_GT(tools, plain);
  request.response_format = ResponseFormat{"x", Json{{"type", "object"}}};
  EXPECT_GT(EstimatePromptTokens(request), tools);
}

}  // namespace
}  // namespace kernelevolve
