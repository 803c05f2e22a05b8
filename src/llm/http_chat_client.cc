#include "llm/http_chat_client.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "llm/http_status.h"
#include "llm/model_text.h"
#include "llm/redirect.h"
#include "llm/token_estimate.h"

namespace kernelevolve {
namespace {

bool IsSuccess(int status) { return status >= 200 && status < 300; }

// Servers mislabel streams, and answer in one piece when asked for a stream.
bool IsEventStream(const HttpHead& head, std::string_view first_piece) {
  if (head.Header("content-type").find("event-stream") != std::string::npos)
    return true;
  const std::string_view text = Trim(first_piece);
  return text.starts_with("data:") || text.starts_with("event:");
}

void CompleteUsage(const ChatRequest& request, Usage& usage) {
  if (!usage.estimated) return;
  usage.input = std::max(usage.input, EstimatePromptTokens(request));
  usage.output = std::min(usage.output, request.max_tokens);
}

}  // namespace

HttpChatClient::HttpChatClient(HttpTransport& transport,
                               std::unique_ptr<ChatDialect> dialect,
                               HttpChatOptions options, const Clock& clock)
    : transport_(transport),
      dialect_(std::move(dialect)),
      options_(std::move(options)),
      clock_(clock) {}

ChatResult HttpChatClient::Complete(const ChatRequest& request,
                                    const StopCondition& stop) {
  if (stop.requested())
    return ChatFailure(ChatErrorKind::kCancelled, "cancelled");
  ChatResult result = Attempt(request, stop);
  if (result) {
    result->model = options_.name;
    CompleteUsage(request, result->usage);
  } else {
    Explain(result.error());
  }
  Redact(result);
  return result;
}

HttpRequest HttpChatClient::MakeRequest(const ChatRequest& request) const {
  const Json body = dialect_->RequestBody(request, options_.model, options_.stream);
  HttpRequest post;
  post.url = options_.url;
  post.headers = dialect_->Headers();
  post.headers.push_back("Content-Type: application/json");
  post.headers.push_back(options_.stream
                             ? "Accept: text/event-stream, application/json"
                             : "Accept: application/json");
  post.headers.push_back("User-Agent: kernelevolve");
  if (!options_.key.empty())
    post.credentials.emplace_back(dialect_->KeyHeader(), options_.key);
  post.body = DumpJson(body);
  post.deadlines = options_.deadlines;
  post.body_limit = options_.body_limit;
  return post;
}

ChatResult HttpChatClient::Attempt(const ChatRequest& request,
                                   const StopCondition& stop) {
  const std::unique_ptr<StreamReader> reader = dialect_->NewReader();
  SseParser parser;
  bool first = true, events = false;
  const BodySink sink = [&](const HttpHead& head, std::string_view piece) {
    if (!IsSuccess(head.status)) return true;
    if (first) events = IsEventStream(head, piece);
    first = false;
    if (!events) return true;
    for (const SseEvent& event : parser.Feed(piece)) reader->Take(event);
    return !reader->done();
  };
  const Clock::TimePoint start = clock_.Now();
  const HttpResult result =
      PostFollowing(transport_, MakeRequest(request), sink, stop);
  return Understand(result, *reader, events, SecondsSince(clock_, start));
}

ChatResult HttpChatClient::Understand(const HttpResult& result,
                                      StreamReader& reader, bool events,
                                      double took_s) const {
  if (!result) {
    // It may have said all before the connection broke; and if the server gave
    // a reason within the stream, that is the better one.
    ChatResult heard = reader.Finish();
    if (events && result.error().kind != HttpFailure::kCancelled &&
        (heard || heard.error().kind != ChatErrorKind::kTruncated))
      return heard;
    ChatError error = ErrorFromTransport(result.error());
    if (IsSuccess(error.http_status) && error.kind == ChatErrorKind::kNetwork)
      error.kind = ChatErrorKind::kTruncated;
    return tl::unexpected<ChatError>(std::move(error));
  }
  if (!IsSuccess(result->head.status))
    return tl::unexpected<ChatError>(
        ErrorFromReply(*result, clock_.WallSeconds(), took_s));
  if (events) return reader.Finish();
  const Result<Json> json = ParseJson(CleanModelText(result->body));
  if (!json)
    return BadAnswer(ChatErrorKind::kMalformed,
                     "the answer is not JSON: " + Sanitize(result->body, 200),
                     std::nullopt);
  return dialect_->ParseReply(*json);
}

void HttpChatClient::Explain(ChatError& error) const {
  switch (error.kind) {
    case ChatErrorKind::kContextExceeded:
    case ChatErrorKind::kRefused:
    case ChatErrorKind::kTruncated:
    case ChatErrorKind::kCancelled:
      return;
    default:
      error.message = format("{} at {}: {}", options_.name, options_.url,
                             error.message);
  }
  if (error.kind != ChatErrorKind::kAuth) return;
  error.message +=
      options_.key.empty()
          ? format("; no key was sent: set {} or give --key-file FILE",
                   options_.key_from)
          : format("; the key came from {}", options_.key_from);
}

void HttpChatClient::Redact(ChatResult& result) const {
  const auto redact = [this](std::string& text) {
    text = options_.key.RedactedFrom(text);
  };
  if (!result) {
    redact(result.error().message);
    return;
  }
  redact(result->text);
  redact(result->served_by);
  for (ToolCall& call : result->tool_calls) {
    redact(call.id);
    redact(call.name);
    redact(call.arguments);
  }
}

}  // namespace kernelevolve
