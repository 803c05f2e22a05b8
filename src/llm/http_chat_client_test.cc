#include "llm/http_chat_client.h"

#include <gtest/gtest.h>

#include "base/format.h"
#include "base/testing/fake_clock.h"
#include "llm/testing/fake_transport.h"
#include "llm/testing/scripted_client.h"

namespace kernelevolve {
namespace {

constexpr const char* kKey = "sk-0123456789abcdefghijkl";

class HttpChatClientTest : public testing::Test {
 protected:
  ChatResult Ask() {
    HttpChatOptions options;
    options.url = "https://a.example/v1/chat/completions";
    options.model = "m";
    options.name = "openai:m";
    options.key = Secret(kKey);
    options.stream = stream_;
    options.key_from = "OPENAI_API_KEY";
    HttpChatClient client(transport_, MakeOpenAiDialect(), options, clock_);
    return client.Complete(RequestOf("hello"), stop_);
  }

  FakeTransport transport_;
  FakeClock clock_;
  StopCondition stop_;
  bool stream_ = true;
};

const char* const kStream =
    "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n"
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: [DONE]\n\n";

TEST_F(HttpChatClientTest, TheKeyIsACredentialAndNowhereElse) {
  transport_.AnswerStream(kStream);
  const ChatResult result = Ask();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "hi");
  EXPECT_EQ(result->model, "openai:m");
  const HttpRequest& request = transport_.requests()[0];
  ASSERT_EQ(request.credentials.size(), 1u);
  EXPECT_EQ(request.credentials[0].first, "Authorization: Bearer ");
  EXPECT_EQ(request.credentials[0].second.Reveal(), kKey);
  EXPECT_EQ(request.body.find(kKey), std::string::npos);
  for (const std::string& header : request.headers)
    EXPECT_EQ(header.find(kKey), std::string::npos);
}

TEST_F(HttpChatClientTest, QuotedKeysAreTakenOut) {
  transport_.Answer(401, format(R"({{"error":{{"message":"bad {}"}}}})", kKey));
  const ChatResult error = Ask();
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().message, "openai:m at https://a.example/v1/chat/completions: HTTP 401: "
            "bad [key]; the key came from OPENAI_API_KEY");
  transport_.Answer(
      200, format(R"({{"choices":[{{"message":{{"content":"{}"}}}}]}})", kKey));
  const ChatResult reply = Ask();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "[key]");
}

TEST_F(HttpChatClientTest, MislabelledStreamsAreRead) {
  transport_.set_piece(64);
  transport_.Answer(200, kStream, {{"content-type", "text/plain"}});
  const ChatResult result = Ask();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "hi");
}

TEST_F(HttpChatClientTest, MissingUsageIsEstimatedFromTheRequest) {
  transport_.AnswerStream(kStream);
  const ChatResult result = Ask();
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->usage.estimated);
  EXPECT_GT(result->usage.input, 0);
  EXPECT_LE(result->usage.output, 100);
}

TEST_F(HttpChatClientTest, AnAnswerThatWasWholeBeforeTheBreakCounts) {
  HttpError error{HttpFailure::kBroken, "reset", true, {}};
  error.partial = {{200, {{"content-type", "text/event-stream"}}},
                   std::string(kStream).substr(0, std::string(kStream).find("data: [D"))};
  transport_.Answer(tl::unexpected<HttpError>(error));
  const ChatResult result = Ask();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->text, "hi");
}

TEST_F(HttpChatClientTest, ABreakMidwayIsTruncation) {
  HttpError error{HttpFailure::kBroken, "reset", true, {}};
  error.partial = {{200, {{"content-type", "text/event-stream"}}},
                   std::string(kStream).substr(0, 70)};
  transport_.Answer(tl::unexpected<HttpError>(error));
  const ChatResult result = Ask();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ChatErrorKind::kTruncated);
  EXPECT_TRUE(result.error().may_have_cost);
}

TEST_F(HttpChatClientTest, WhatWasNeverSentCostsNothing) {
  transport_.Answer(tl::unexpected<HttpError>(
      HttpError{HttpFailure::kConnect, "refused", false, {}}));
  const ChatResult result = Ask();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ChatErrorKind::kNetwork);
  EXPECT_FALSE(result.error().may_have_cost);
}

TEST_F(HttpChatClientTest, InOnePieceNothingIsSaidOfAStream) {
  stream_ = false;
  transport_.Answer(200, R"({"choices":[{"message":{"content":"x"}}]})");
  ASSERT_TRUE(Ask());
  const Json body = *ParseJson(transport_.requests()[0].body);
  EXPECT_FALSE(body.contains("stream"));
}

TEST_F(HttpChatClientTest, AStopIsSeenBeforeAnythingIsSent) {
  stop_.Request(StopCondition::Reason::kInterrupt);
  const ChatResult result = Ask();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ChatErrorKind::kCancelled);
  EXPECT_TRUE(transport_.requests().empty());
}

}  // namespace
}  // namespace kernelevolve
