#include "llm/http_status.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

constexpr double kNow = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT

TEST(RetryAfterTest, Seconds) {
  EXPECT_EQ(ParseRetryAfter(" 7 ", kNow)->count(), 7000);
  EXPECT_EQ(ParseRetryAfter("0.5", kNow)->count(), 500);
  EXPECT_EQ(ParseRetryAfter("-3", kNow)->count(), 0);
  EXPECT_EQ(ParseRetryAfter("1e30", kNow)->count(), 24 * 3600 * 1000);
  EXPECT_EQ(ParseRetryAfter("nan", kNow)->count(), 0);
}

TEST(RetryAfterTest, TheThreeFormsOfADate) {
  for (const char* date :
       {"Sun, 06 Nov 1994 08:50:37 GMT", "Sunday, 06-Nov-94 08:50:37 GMT",
        "Sun Nov  6 08:50:37 1994"}) {
    // Two digits of a year mean this century.
    const bool two_digits = std::string_view(date).starts_with("Sunday");
    const auto wait = ParseRetryAfter(date, kNow);
    ASSERT_TRUE(wait) << date;
    EXPECT_EQ(wait->count(), two_digits ? 24 * 3600 * 1000 : 60'000) << date;
  }
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:00:00 GMT", kNow)->count(), 0);
}

TEST(RetryAfterTest, Nonsense) {
  for (const char* text : {"", "soon", "Sun, 06 Foo 1994 08:50:37 GMT", "7 s"})
    EXPECT_FALSE(ParseRetryAfter(text, kNow)) << text;
}

ChatErrorKind KindOf(int status, std::string body) {
  return ErrorFromReply({{status, {}}, std::move(body)}, kNow, 0).kind;
}

TEST(HttpStatusTest, Kinds) {
  EXPECT_EQ(KindOf(401, "{}"), ChatErrorKind::kAuth);
  EXPECT_EQ(KindOf(403, ""), ChatErrorKind::kAuth);
  EXPECT_EQ(KindOf(429, "x"), ChatErrorKind::kRateLimited);
  EXPECT_EQ(KindOf(429, R"({"error":{"code":"insufficient_quota"}})"),
            ChatErrorKind::kQuota);
  EXPECT_EQ(KindOf(400, R"({"error":{"code":"context_length_exceeded"}})"),
            ChatErrorKind::kContextExceeded);
  EXPECT_EQ(KindOf(400, R"({"error":{"message":"prompt is too long: 9 > 8"}})"),
            ChatErrorKind::kContextExceeded);
  EXPECT_EQ(KindOf(400, R"({"error":"no"})"), ChatErrorKind::kBadRequest);
  EXPECT_EQ(KindOf(404, "<html>"), ChatErrorKind::kBadRequest);
  EXPECT_EQ(KindOf(500, "[]"), ChatErrorKind::kOverloaded);
  EXPECT_EQ(KindOf(529, ""), ChatErrorKind::kOverloaded);
}

TEST(HttpStatusTest, WhatMayHaveBeenBegunMayHaveCost) {
  const auto costs = [](int status, double took_s) {
    return ErrorFromReply({{status, {}}, ""}, kNow, took_s).may_have_cost;
  };
  for (const int status : {408, 500, 502, 504, 520, 524})
    EXPECT_TRUE(costs(status, 0)) << status;
  for (const int status : {400, 401, 402, 403, 404, 413, 429, 501})
    EXPECT_FALSE(costs(status, 60)) << status;
  // Turned away at the door, or given up on later.
  for (const int status : {503, 529}) {
    EXPECT_FALSE(costs(status, 0.1)) << status;
    EXPECT_TRUE(costs(status, 60)) << status;
  }
}

TEST(HttpStatusTest, MessagesAreShortAndClean) {
  const ChatError error = ErrorFromReply(
      {{503, {}}, "<html>\x1b[2J" + std::string(100'000, 'x')}, kNow, 0);
  EXPECT_LT(error.message.size(), 1000u);
  EXPECT_EQ(error.message.find('\x1b'), std::string::npos);
  EXPECT_EQ(error.message.find("HTTP 503: <html>"), 0u);
}

TEST(HttpStatusTest, MillisecondsWinOverSeconds) {
  const HttpReply reply{{429, {{"retry-after-ms", "250"}, {"retry-after", "9"}}},
                        "{}"};
  EXPECT_EQ(ErrorFromReply(reply, kNow, 0).retry_after->count(), 250);
}

}  // namespace
}  // namespace kernelevolve
