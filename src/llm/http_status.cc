#include "llm/http_status.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "base/format.h"
#include "base/text.h"
#include "llm/model_text.h"

namespace kernelevolve {
namespace {

using std::chrono::milliseconds;

// Of a server's message; the rest is more of an HTML page.
constexpr size_t kMessageBytes = 600;
// Nobody may make us sleep longer than this by a header.
constexpr int64_t kLongestRetrySeconds = 24 * 3600;

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// As OpenAI, Anthropic, llama.cpp and vLLM say it.
bool SaysContextExceeded(std::string_view text) {
  constexpr std::array<std::string_view, 7> kPhrases{
      "context_length_exceeded", "exceed_context_size",
      "maximum context length",  "prompt is too long",
      "context window",          "context size",
      "exceed context limit"};
  return std::any_of(kPhrases.begin(), kPhrases.end(),
                     [&](std::string_view part) { return Contains(text, part); });
}

bool SaysQuota(std::string_view text) {
  return Contains(text, "insufficient_quota") ||
         Contains(text, "credit balance is too low") ||
         Contains(text, "billing_hard_limit");
}

ChatErrorKind KindOfStatus(int status, std::string_view text) {
  if (status == 401 || status == 403) return ChatErrorKind::kAuth;
  if (status == 402 || SaysQuota(text)) return ChatErrorKind::kQuota;
  if (status == 429) return ChatErrorKind::kRateLimited;
  if (status == 408) return ChatErrorKind::kTimeout;
  if (status >= 500) return ChatErrorKind::kOverloaded;
  if (SaysContextExceeded(text)) return ChatErrorKind::kContextExceeded;
  return ChatErrorKind::kBadRequest;
}

// An error inside a 200, or in a stream, has only its type and code.
ChatErrorKind KindOfType(std::string_view text) {
  if (SaysQuota(text)) return ChatErrorKind::kQuota;
  if (SaysContextExceeded(text)) return ChatErrorKind::kContextExceeded;
  if (Contains(text, "authentication_error") ||
      Contains(text, "permission_error"))
    return ChatErrorKind::kAuth;
  if (Contains(text, "rate_limit")) return ChatErrorKind::kRateLimited;
  if (Contains(text, "invalid_request_error"))
    return ChatErrorKind::kBadRequest;
  return ChatErrorKind::kOverloaded;
}

std::string Text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : DumpJson(value);
}

int MonthOf(std::string_view name) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const size_t at = kMonths.find(name);
  return at == std::string_view::npos || at % 3 != 0 ? -1
                                                     : static_cast<int>(at / 3);
}

std::optional<double> ParseHttpDate(const std::string& text) {
  char month[4] = "";
  tm date{};
  const int fields = 6;
  const bool fixed =
      std::sscanf(text.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d", &date.tm_mday,
                  month, &date.tm_year, &date.tm_hour, &date.tm_min,
                  &date.tm_sec) == fields ||
      std::sscanf(text.c_str(), "%*3s %3s %2d %2d:%2d:%2d %4d", month,
                  &date.tm_mday, &date.tm_hour, &date.tm_min, &date.tm_sec,
                  &date.tm_year) == fields;
  if (!fixed) {
    if (std::sscanf(text.c_str(), "%*9[a-z A-Z], %2d-%3s-%2d %2d:%2d:%2d",
                    &date.tm_mday, month, &date.tm_year, &date.tm_hour,
                    &date.tm_min, &date.tm_sec) != fields)
      return std::nullopt;
    date.tm_year += 2000;
  }
  date.tm_mon = MonthOf(month);
  date.tm_year -= 1900;
  if (date.tm_mon < 0) return std::nullopt;
  return static_cast<double>(::timegm(&date));
}

std::optional<milliseconds> RetryAfterOf(const HttpHead& head,
                                         double wall_seconds) {
  const std::string precise = head.Header("retry-after-ms");
  int64_t ms = 0;
  const auto parsed =
      std::from_chars(precise.data(), precise.data() + precise.size(), ms);
  if (parsed.ec == std::errc() && ms >= 0 && !precise.empty())
    return milliseconds(std::min(ms, kLongestRetrySeconds * 1000));
  return ParseRetryAfter(head.Header("retry-after"), wall_seconds);
}

// What a server turns away it has not begun. One that failed, or a gateway that
// lost the model behind it, does not say how far the work had come.
bool MayHaveWorked(int status, double took_s) {
  // A full server says so at once; later it is one that gave up.
  constexpr double kAtTheDoorS = 2;
  switch (status) {
    case 408: return true;
    case 501: return false;
    case 503:
    case 529: return took_s > kAtTheDoorS;
    default: return status >= 500;
  }
}

ChatErrorKind KindOf(HttpFailure failure) {
  switch (failure) {
    case HttpFailure::kConnect: return ChatErrorKind::kNetwork;
    case HttpFailure::kBroken: return ChatErrorKind::kNetwork;
    case HttpFailure::kTimeout: return ChatErrorKind::kTimeout;
    case HttpFailure::kTooLarge: return ChatErrorKind::kMalformed;
    case HttpFailure::kCancelled: return ChatErrorKind::kCancelled;
    case HttpFailure::kBadUrl: return ChatErrorKind::kBadRequest;
  }
  return ChatErrorKind::kNetwork;
}

}  // namespace

std::optional<milliseconds> ParseRetryAfter(std::string_view text,
                                            double wall_seconds) {
  text = Trim(text);
  if (text.empty() || text.size() > 64) return std::nullopt;
  double seconds = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, seconds);
  if (parsed.ec != std::errc() || parsed.ptr != end) {
    const auto date = ParseHttpDate(std::string(text));
    if (!date) return std::nullopt;
    seconds = *date - wall_seconds;
  }
  if (!(seconds >= 0)) seconds = 0;
  seconds = std::min(seconds, static_cast<double>(kLongestRetrySeconds));
  return milliseconds(static_cast<int64_t>(seconds * 1e3));
}

ChatError ErrorFromObject(const Json& error, int http_status) {
  const std::string all = CleanModelText(Text(error));
  const std::string said =
      CleanModelText(GetString(error, "message").value_or(all));
  ChatError result;
  result.http_status = http_status;
  result.kind = http_status >= 400 ? KindOfStatus(http_status, all)
                                   : KindOfType(all);
  result.message = Sanitize(said, kMessageBytes);
  return result;
}

ChatError ErrorFromReply(const HttpReply& reply, double wall_seconds,
                         double took_s) {
  const int status = reply.head.status;
  const std::string body = CleanModelText(reply.body);
  const Result<Json> json = ParseJson(body);
  const Json whole = json ? *json : Json(Sanitize(Trim(body), kMessageBytes));
  ChatError error = ErrorFromObject(
      whole.contains("error") ? GetMember(whole, "error") : whole, status);
  error.message = format("HTTP {}: {}", status, error.message);
  error.retry_after = RetryAfterOf(reply.head, wall_seconds);
  error.may_have_cost = MayHaveWorked(status, took_s);
  return error;
}

ChatError ErrorFromTransport(const HttpError& error) {
  ChatError result;
  result.kind = KindOf(error.kind);
  result.message = Sanitize(CleanModelText(error.message), kMessageBytes);
  result.http_status = error.partial.head.status;
  result.may_have_cost = error.sent;
  return result;
}

}  // namespace kernelevolve
