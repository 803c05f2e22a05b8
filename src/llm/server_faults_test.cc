// Every fault of a server, over a real socket, through libcurl.
#include <gtest/gtest.h>

#include <chrono>

#include "base/format.h"
#include "llm/curl_transport.h"
#include "llm/http_chat_client.h"
#include "llm/testing/scripted_client.h"
#include "llm/testing/server_faults.h"

namespace kernelevolve {
namespace {

constexpr const char* kKey = "sk-0123456789abcdefghijklmnop";

class ServerFaultsTest : public testing::Test {
 protected:
  ServerFaultsTest() : transport_(*CurlTransport::Create(clock_)) {}

  ChatResult Ask(const ScriptedServer& server, bool stream = true,
                 HttpDeadlines deadlines = {}) {
    HttpChatOptions options;
    options.url = server.Url("/v1/chat/completions");
    options.model = "m";
    options.name = "m";
    options.key = Secret(kKey);
    options.stream = stream;
    options.deadlines = deadlines;
    HttpChatClient client(*transport_, MakeOpenAiDialect(), options, clock_);
    return client.Complete(RequestOf("hello"), stop_);
  }
  ChatResult AskFault(const std::string& fault, bool stream = true) {
    const auto server = ScriptedServer::Start(FaultHandler(fault));
    EXPECT_TRUE(server);
    // Whoever answers at all may take the time that a busy machine needs.
    HttpDeadlines deadlines;
    if (fault.starts_with("stall"))
      deadlines.first_byte = deadlines.idle = std::chrono::milliseconds(400);
    return Ask(**server, stream, deadlines);
  }
  // The kind of failure, or "ok".
  std::string KindOf(const std::string& fault, bool stream = true) {
    const ChatResult result = AskFault(fault, stream);
    if (result) return "ok";
    EXPECT_FALSE(result.error().message.empty());
    EXPECT_LT(result.error().message.size(), 1000u);
    return std::string(ChatErrorKindName(result.error().kind));
  }

  const SystemClock clock_;
  const std::unique_ptr<CurlTransport> transport_;
  StopCondition stop_;
};

TEST_F(ServerFaultsTest, Statuses) {
  EXPECT_EQ(KindOf("401"), "auth");
  EXPECT_EQ(KindOf("403"), "auth");
  EXPECT_EQ(KindOf("429"), "rate_limited");
  EXPECT_EQ(KindOf("500"), "overloaded");
  EXPECT_EQ(KindOf("503-html"), "overloaded");
  EXPECT_EQ(KindOf("context"), "context_exceeded");
  EXPECT_EQ(KindOf("error-in-200"), "overloaded");
}

TEST_F(ServerFaultsTest, RetryAfterIsKept) {
  EXPECT_FALSE(AskFault("429").error().retry_after);
  EXPECT_EQ(AskFault("429-retry-after").error().retry_after->count(), 7000);
}

TEST_F(ServerFaultsTest, Connections) {
  EXPECT_EQ(KindOf("reset"), "network");
  EXPECT_EQ(KindOf("stall"), "timeout");
  EXPECT_EQ(KindOf("stall-midway"), "timeout");
  EXPECT_EQ(KindOf("cut-stream"), "truncated");
  for (const char* fault :
       {"reset", "stall", "stall-midway", "cut-stream", "500", "error-in-200"})
    EXPECT_TRUE(AskFault(fault).error().may_have_cost) << fault;
  for (const char* fault : {"401", "403", "429", "503-html", "context"})
    EXPECT_FALSE(AskFault(fault).error().may_have_cost) << fault;
}

TEST_F(ServerFaultsTest, NobodyListens) {
  auto server = ScriptedServer::Start(FaultHandler("good"));
  ASSERT_TRUE(server);
  HttpChatOptions options;
  options.url = (*server)->Url("/");
  server->reset();
  HttpChatClient client(*transport_, MakeOpenAiDialect(), options, clock_);
  const ChatResult result = client.Complete(RequestOf("x"), stop_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ChatErrorKind::kNetwork);
  EXPECT_FALSE(result.error().may_have_cost);
}

TEST_F(ServerFaultsTest, Bodies) {
  for (const bool stream : {true, false}) {
    EXPECT_EQ(KindOf("half-json", stream), "malformed");
    EXPECT_EQ(KindOf("empty-choices", stream), "malformed");
    EXPECT_EQ(KindOf("null-content", stream), "malformed");
    EXPECT_EQ(KindOf("html-200", stream), "malformed");
    EXPECT_EQ(KindOf("refusal", stream), "refused");
  }
}

TEST_F(ServerFaultsTest, TenMegabytesAreGivenUpOn) {
  const ChatResult result = AskFault("10-mb", false);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ChatErrorKind::kMalformed);
  EXPECT_NE(result.error().message.find("larger than"), std::string::npos);
}

TEST_F(ServerFaultsTest, WhatCanBeUnderstoodIs) {
  EXPECT_EQ(AskFault("wrong-content-type")->text, "fine");
  EXPECT_EQ(AskFault("cut-before-usage")->text, "one two three");
  EXPECT_TRUE(AskFault("cut-before-usage")->usage.estimated);
  for (const bool stream : {true, false}) {
    EXPECT_EQ(AskFault("good", stream)->text, "hello");
    EXPECT_EQ(AskFault("good", stream)->usage.output, 34);
    EXPECT_TRUE(AskFault("no-usage", stream)->usage.estimated);
    EXPECT_GE(AskFault("no-usage", stream)->usage.output, 5);
    EXPECT_EQ(AskFault("length", stream)->finish_reason, FinishReason::kLength);
    EXPECT_NE(AskFault("two-code-blocks", stream)->text.find("or\n```cpp\nb"),
              std::string::npos);
  }
}

TEST_F(ServerFaultsTest, ToolCallsOfAnyName) {
  for (const bool stream : {true, false}) {
    const ChatResult result = AskFault("tool-calls", stream);
    ASSERT_TRUE(result);
    ASSERT_EQ(result->tool_calls.size(), 2u);
    EXPECT_EQ(result->tool_calls[0].arguments, R"({"file":"a.cc"})");
    EXPECT_EQ(result->tool_calls[1].name, "no_such_tool");
    EXPECT_EQ(result->finish_reason, FinishReason::kToolCalls);
  }
}

TEST_F(ServerFaultsTest, BadBytesAreRepaired) {
  const ChatResult result = AskFault("bad-utf8");
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->text.find('\x1b'), std::string::npos);
  EXPECT_NE(result->text.find("[31mred"), std::string::npos);
  EXPECT_NE(result->text.find("caf\xef\xbf\xbd"), std::string::npos);
}

TEST_F(ServerFaultsTest, AQuotedKeyDoesNotComeBack) {
  const ChatResult result = AskFault("quotes-key");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("[key]"), std::string::npos);
  EXPECT_EQ(result.error().message.find(kKey), std::string::npos);
}

TEST_F(ServerFaultsTest, ARedirectToAnotherHostLosesTheKey) {
  const auto other = ScriptedServer::Start(FaultHandler("good"));
  ASSERT_TRUE(other);
  const auto first = ScriptedServer::Start(
      RedirectHandler(format("http://localhost:{}/there", (*other)->port())));
  ASSERT_TRUE(first);
  const ChatResult result = Ask(**first);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ((*first)->requests()[0].headers.at("authorization"),
            std::string("Bearer ") + kKey);
  const ServerRequest seen = (*other)->requests()[0];
  EXPECT_EQ(seen.path, "/there");
  for (const auto& [name, value] : seen.headers)
    EXPECT_EQ(value.find(kKey), std::string::npos) << name;
}

TEST_F(ServerFaultsTest, AStopEndsACallInFlight) {
  const auto server = ScriptedServer::Start(
      [this](const ServerRequest& request, ServerConnection& connection) {
        stop_.Request(StopCondition::Reason::kInterrupt);
        FaultHandler("stall")(request, connection);
      });
  ASSERT_TRUE(server);
  const ChatResult result = Ask(**server);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ChatErrorKind::kCancelled);
  EXPECT_TRUE(result.error().may_have_cost);
}

}  // namespace
}  // namespace kernelevolve
