#include <gtest/gtest.h>

#include "llm/dialect.h"
#include "llm/testing/scripted_client.h"

namespace kernelevolve {
namespace {

ChatResult Parse(const std::string& text) {
  return MakeOpenAiDialect()->ParseReply(*ParseJson(text));
}

ChatResult Read(const std::vector<std::string>& datas) {
  const auto reader = MakeOpenAiDialect()->NewReader();
  for (const std::string& data : datas) reader->Take({"", data});
  return reader->Finish();
}

TEST(OpenAiDialectTest, AsksForEverything) {
  ChatRequest request = RequestOf("hi");
  request.tools.push_back({"lint", "compiles", Json{{"type", "object"}}});
  request.response_format = ResponseFormat{"tile", Json{{"type", "object"}}};
  request.temperature = 0.5;
  request.seed = 7;
  request.stop = {"END"};
  Message call{Role::kAssistant, "", {{"c1", "lint", "{}"}}, ""};
  request.messages.push_back(call);
  request.messages.push_back({Role::kTool, "fine", {}, "c1"});
  const Json body = MakeOpenAiDialect("limit")->RequestBody(request, "m", true);
  EXPECT_EQ(DumpJson(body),
            R"({"model":"m","messages":[{"role":"user","content":"hi"},)"
            R"({"role":"assistant","content":"","tool_calls":[{"id":"c1",)"
            R"("type":"function","function":{"name":"lint","arguments":"{}"}}]},)"
            R"({"role":"tool","content":"fine","tool_call_id":"c1"}],)"
            R"("limit":100,"tools":[{"type":"function","function":{"name":"lint",)"
            R"("description":"compiles","parameters":{"type":"object"}}}],)"
            R"("response_format":{"type":"json_schema","json_schema":{"name":)"
            R"("tile","strict":true,"schema":{"type":"object"}}},)"
            R"("temperature":0.5,"seed":7,"stop":["END"],"stream":true,)"
            R"("stream_options":{"include_usage":true}})");
}

TEST(OpenAiDialectTest, WholeAnswer) {
  const ChatResult result = Parse(
      R"({"model":"q","choices":[{"message":{"content":"hi"},"finish_reason":
      "length"}],"usage":{"prompt_tokens":5,"completion_tokens":2,
      "prompt_tokens_details":{"cached_tokens":3}}})");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "hi");
  EXPECT_EQ(result->finish_reason, FinishReason::kLength);
  EXPECT_EQ(result->served_by, "q");
  EXPECT_EQ(result->usage.input, 5);
  EXPECT_EQ(result->usage.cached, 3);
  EXPECT_EQ(result->usage.output, 2);
  EXPECT_FALSE(result->usage.estimated);
}

TEST(OpenAiDialectTest, ContentInParts) {
  const ChatResult result = Parse(
      R"({"choices":[{"message":{"content":[{"type":"text","text":"a"},
      {"type":"text","text":"b"}]},"finish_reason":"stop"}]})");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "ab");
  EXPECT_TRUE(result->usage.estimated);
}

TEST(OpenAiDialectTest, ZeroCountsBesideTextAreNoCounts) {
  const ChatResult result = Parse(
      R"({"choices":[{"message":{"content":"a few words"}}],
      "usage":{"prompt_tokens":0,"completion_tokens":0}})");
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->usage.estimated);
  EXPECT_GE(result->usage.output, 3);
}

TEST(OpenAiDialectTest, HiddenReasoningIsCounted) {
  const ChatResult result = Parse(
      R"({"choices":[{"message":{"content":"a","reasoning_content":
      "long long long long thoughts"}}]})");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "a");
  EXPECT_GE(result->usage.output, 6);
}

TEST(OpenAiDialectTest, BadAnswers) {
  const auto kind = [](const std::string& text) {
    const ChatResult result = Parse(text);
    return result ? "none" : ChatErrorKindName(result.error().kind);
  };
  EXPECT_EQ(kind("[]"), "malformed");
  EXPECT_EQ(kind("null"), "malformed");
  EXPECT_EQ(kind(R"({"choices":7})"), "malformed");
  EXPECT_EQ(kind(R"({"choices":[[]]})"), "malformed");
  EXPECT_EQ(kind(R"({"choices":[{"message":{"content":null}}]})"), "malformed");
  EXPECT_EQ(kind(R"({"choices":[{"message":{"content":"x"},
                 "finish_reason":"content_filter"}]})"),
            "refused");
  EXPECT_EQ(kind(R"({"error":{"message":"slow","type":"rate_limit_error"}})"),
            "rate_limited");
}

TEST(OpenAiDialectTest, StreamOfText) {
  const ChatResult result = Read(
      {R"({"choices":[{"delta":{"role":"assistant","content":null}}]})",
       R"({"choices":[{"delta":{"content":"a "}}]})",
       R"({"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}]})",
       R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}})",
       "[DONE]", "ignored"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "a b");
  EXPECT_EQ(result->usage.output, 4);
}

TEST(OpenAiDialectTest, StreamWithoutUsageCountsItsPieces) {
  std::vector<std::string> datas(20, R"({"choices":[{"delta":{"content":"x"}}]})");
  datas.push_back(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})");
  const ChatResult result = Read(datas);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->usage.estimated);
  EXPECT_EQ(result->usage.output, 21);
}

TEST(OpenAiDialectTest, BrokenStreams) {
  const ChatResult cut = Read({R"({"choices":[{"delta":{"content":"a"}}]})"});
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().kind, ChatErrorKind::kTruncated);
  EXPECT_TRUE(cut.error().may_have_cost);
  const ChatResult bad = Read({R"({"choices":[{"del)"});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind, ChatErrorKind::kMalformed);
  const ChatResult error = Read({R"({"error":{"message":"over"}})"});
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().kind, ChatErrorKind::kOverloaded);
}

TEST(OpenAiDialectTest, StreamedToolCallsWithoutIndexes) {
  const ChatResult result = Read(
      {R"({"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"f",)"
       R"("arguments":"{"}}]}}]})",
       R"({"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"}"}}]}}]})",
       R"({"choices":[{"delta":{"tool_calls":[{"id":"b","function":{"name":"g",)"
       R"("arguments":{"x":1}}}]},"finish_reason":"stop"}]})"});
  ASSERT_TRUE(result);
  ASSERT_EQ(result->tool_calls.size(), 2u);
  EXPECT_EQ(result->tool_calls[0].arguments, "{}");
  EXPECT_EQ(result->tool_calls[1].name, "g");
  EXPECT_EQ(result->tool_calls[1].arguments, R"({"x":1})");
  EXPECT_EQ(result->finish_reason, FinishReason::kToolCalls);
}

TEST(OpenAiDialectTest, AbsurdIndexesAreIgnored) {
  const ChatResult result = Read(
      {R"({"choices":[{"delta":{"content":"x","tool_calls":[{"index":1000000000,)"
       R"("function":{"name":"f"}},{"index":-1,"function":{"name":"f"}}]},)"
       R"("finish_reason":"stop"}]})"});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->tool_calls.empty());
}

}  // namespace
}  // namespace kernelevolve
