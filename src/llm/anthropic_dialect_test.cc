#include <gtest/gtest.h>

#include "llm/dialect.h"
#include "llm/testing/scripted_client.h"

namespace kernelevolve {
namespace {

ChatResult Parse(const std::string& text) {
  return MakeAnthropicDialect()->ParseReply(*ParseJson(text));
}

ChatResult Read(const std::vector<std::string>& datas) {
  const auto reader = MakeAnthropicDialect()->NewReader();
  for (const std::string& data : datas) reader->Take({"", data});
  return reader->Finish();
}

TEST(AnthropicDialectTest, RolesAlternateAndSystemStandsApart) {
  ChatRequest request;
  request.max_tokens = 9;
  request.messages = {{Role::kSystem, "Be brief.", {}, ""},
                      {Role::kUser, "hi", {}, ""},
                      {Role::kAssistant, "", {{"c1", "f", R"({"a":1})"}}, ""},
                      {Role::kTool, "one", {}, "c1"},
                      {Role::kUser, "go on", {}, ""}};
  const Json body = MakeAnthropicDialect()->RequestBody(request, "m", false);
  EXPECT_EQ(
      DumpJson(body),
      R"({"model":"m","max_tokens":9,"system":"Be brief.","messages":[)"
      R"({"role":"user","content":[{"type":"text","text":"hi"}]},)"
      R"({"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f",)"
      R"("input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result",)"
      R"("tool_use_id":"c1","content":"one"},{"type":"text","text":"go on"}]}]})");
}

TEST(AnthropicDialectTest, HeadersOfTheApi) {
  const auto dialect = MakeAnthropicDialect();
  EXPECT_EQ(dialect->KeyHeader(), "x-api-key: ");
  EXPECT_EQ(dialect->Headers(),
            std::vector<std::string>{"anthropic-version: 2023-06-01"});
}

TEST(AnthropicDialectTest, ASchemaTravelsAsATool) {
  ChatRequest request = RequestOf("hi");
  request.response_format = ResponseFormat{"tile", Json{{"type", "object"}}};
  const Json body = MakeAnthropicDialect()->RequestBody(request, "m", true);
  EXPECT_EQ(GetString(body["tool_choice"], "name"), "give_answer");
  const ChatResult result = Parse(
      R"({"content":[{"type":"tool_use","id":"t","name":"give_answer",
      "input":{"m":64}}],"stop_reason":"tool_use",
      "usage":{"input_tokens":3,"output_tokens":2}})");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, R"({"m":64})");
  EXPECT_TRUE(result->tool_calls.empty());
}

TEST(AnthropicDialectTest, WholeAnswer) {
  const ChatResult result = Parse(
      R"({"type":"message","model":"q","content":[{"type":"thinking",
      "thinking":"hm"},{"type":"text","text":"hi"}],"stop_reason":"max_tokens",
      "usage":{"input_tokens":16,"cache_read_input_tokens":3,
      "cache_creation_input_tokens":1,"output_tokens":10}})");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "hi");
  EXPECT_EQ(result->finish_reason, FinishReason::kLength);
  EXPECT_EQ(result->usage.input, 20);
  EXPECT_EQ(result->usage.cached, 3);
  EXPECT_EQ(result->usage.output, 10);
}

TEST(AnthropicDialectTest, BadAnswers) {
  const auto kind = [](const std::string& text) {
    const ChatResult result = Parse(text);
    return result ? "none" : ChatErrorKindName(result.error().kind);
  };
  EXPECT_EQ(kind("{}"), "malformed");
  EXPECT_EQ(kind(R"({"content":[]})"), "malformed");
  EXPECT_EQ(kind(R"({"content":[7,null,[]]})"), "malformed");
  EXPECT_EQ(kind(R"({"content":[],"stop_reason":"refusal"})"), "refused");
  EXPECT_EQ(kind(R"({"type":"error","error":{"type":"overloaded_error"}})"),
            "overloaded");
}

const char* const kStart =
    R"({"type":"message_start","message":{"model":"q","usage":{"input_tokens":8,
    "output_tokens":1}}})";
const char* const kText =
    R"({"type":"content_block_start","index":0,"content_block":{"type":"text",
    "text":""}})";
const char* const kHi =
    R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta",
    "text":"hi"}})";
const char* const kEnd =
    R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},
    "usage":{"output_tokens":5}})";

TEST(AnthropicDialectTest, StreamOfText) {
  const ChatResult result = Read({kStart, R"({"type":"ping"})", kText, kHi, kHi,
                                  R"({"type":"content_block_stop","index":0})",
                                  kEnd, R"({"type":"message_stop"})"});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "hihi");
  EXPECT_EQ(result->usage.input, 8);
  EXPECT_EQ(result->usage.output, 5);
  EXPECT_FALSE(result->usage.estimated);
}

TEST(AnthropicDialectTest, StreamedToolUse) {
  const ChatResult result = Read(
      {kStart,
       R"({"type":"content_block_start","index":0,"content_block":{"type":
       "tool_use","id":"t","name":"f","input":{}}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":
       "input_json_delta","partial_json":"{\"a\":"}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":
       "input_json_delta","partial_json":"1}"}})",
       R"({"type":"message_delta","delta":{"stop_reason":"tool_use"},
       "usage":{"output_tokens":5}})"});
  ASSERT_TRUE(result);
  ASSERT_EQ(result->tool_calls.size(), 1u);
  EXPECT_EQ(result->tool_calls[0].arguments, R"({"a":1})");
}

TEST(AnthropicDialectTest, BrokenStreams) {
  const ChatResult cut = Read({kStart, kText, kHi});
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().kind, ChatErrorKind::kTruncated);
  EXPECT_FALSE(cut.error().usage);
  EXPECT_TRUE(cut.error().may_have_cost);
  const ChatResult error = Read(
      {kStart, R"({"type":"error","error":{"type":"overloaded_error"}})", kEnd});
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().kind, ChatErrorKind::kOverloaded);
}

}  // namespace
}  // namespace kernelevolve
