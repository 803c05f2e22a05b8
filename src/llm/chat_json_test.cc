#include "llm/chat_json.h"

#include <gtest/gtest.h>

#include <set>

#include "llm/testing/scripted_client.h"

namespace kernelevolve {
namespace {

TEST(ChatJsonTest, RepliesSurviveTheTrip) {
  ChatReply reply = ReplyOf("text", {10, 2, 5, true});
  reply.tool_calls = {{"c1", "lint", R"({"a":1})"}};
  reply.finish_reason = FinishReason::kToolCalls;
  reply.dollars = 0.25;
  reply.served_by = "served";
  const auto back = ReplyFromJson(ToJson(reply));
  ASSERT_TRUE(back);
  EXPECT_EQ(DumpJson(ToJson(*back)), DumpJson(ToJson(reply)));
}

TEST(ChatJsonTest, AnAnswerNeedsLittle) {
  const auto reply = ReplyFromJson(*ParseJson(R"({"text":"a\u001bb"})"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "ab");
  const auto calls = ReplyFromJson(
      *ParseJson(R"({"tool_calls":[{"name":"f","arguments":{"x":1}}]})"));
  ASSERT_TRUE(calls);
  EXPECT_EQ(calls->tool_calls[0].id, "call_1");
  EXPECT_EQ(calls->tool_calls[0].arguments, R"({"x":1})");
  EXPECT_EQ(calls->finish_reason, FinishReason::kToolCalls);
}

TEST(ChatJsonTest, AbsurdCountsDoNotPass) {
  const auto reply = ReplyFromJson(*ParseJson(
      R"({"text":"a","usage":{"input":-5,"cached":7,"output":9000000000000}})"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->usage.input, 0);
  EXPECT_EQ(reply->usage.cached, 0);
  EXPECT_LE(reply->usage.output, 1'000'000'000);
}

TEST(ChatJsonTest, Mistakes) {
  for (const char* text : {"{}", "[]", "7", R"({"tool_calls":{}})",
                           R"({"tool_calls":[{}]})", R"({"text":7})"})
    EXPECT_FALSE(ReplyFromJson(*ParseJson(text))) << text;
  EXPECT_FALSE(ErrorFromJson(*ParseJson(R"({"kind":"odd"})")));
}

TEST(ChatJsonTest, TheDigestSeesEverything) {
  const ChatRequest plain = RequestOf("hi");
  std::set<std::string> digests{RequestDigest(plain)};
  const auto add = [&](auto change) {
    ChatRequest request = plain;
    change(request);
    digests.insert(RequestDigest(request));
  };
  add([](ChatRequest& r) { r.messages[0].text = "ho"; });
  add([](ChatRequest& r) { r.messages[0].role = Role::kSystem; });
  add([](ChatRequest& r) { r.max_tokens = 7; });
  add([](ChatRequest& r) { r.seed = 1; });
  add([](ChatRequest& r) { r.temperature = 0.5; });
  add([](ChatRequest& r) { r.stop = {"x"}; });
  add([](ChatRequest& r) { r.model = "m"; });
  add([](ChatRequest& r) { r.tools.push_back({"a", "b", {}}); });
  EXPECT_EQ(digests.size(), 9u);
  EXPECT_EQ(RequestDigest(plain), RequestDigest(RequestOf("hi")));
}

}  // namespace
}  // namespace kernelevolve
