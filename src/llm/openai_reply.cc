#include "llm/openai_reply.h"

#include <algorithm>

#include "base/text.h"
#include "llm/http_status.h"
#include "llm/model_text.h"
#include "llm/token_estimate.h"

namespace kernelevolve::openai {
namespace {

// More than any task needs; a hostile stream shall not choose.
constexpr size_t kMostToolCalls = 64;

// An answer being put together, from one message or many deltas.
struct Draft {
  ChatReply reply;
  std::string refusal;
  std::string finish;  // as the server says it
  std::optional<Usage> usage;
  // Output nobody counted for us: pieces of a stream are tokens on most
  // servers, and reasoning is charged for though it is not the answer.
  int64_t pieces = 0;
  int64_t reasoning = 0;
};

// Content is text, null, or a list of parts.
std::string ContentText(const Json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (content.is_array())
    for (const Json& part : content)
      text += GetString(part, "text").value_or("");
  return text;
}

// Where the next piece of a call goes. Some servers send no index.
ToolCall* CallAt(const Json& item, std::vector<ToolCall>& calls) {
  const bool opens = GetString(item, "id").value_or("") != "";
  const size_t next = opens || calls.empty() ? calls.size() : calls.size() - 1;
  const int64_t index =
      GetInteger(item, "index").value_or(static_cast<int64_t>(next));
  if (index < 0 || index >= static_cast<int64_t>(kMostToolCalls))
    return nullptr;
  const auto at = static_cast<size_t>(index);
  if (calls.size() <= at) calls.resize(at + 1);
  return &calls[at];
}

void TakeToolCalls(const Json& list, std::vector<ToolCall>& calls) {
  if (!list.is_array()) return;
  for (const Json& item : list) {
    ToolCall* call = CallAt(item, calls);
    if (!call) continue;
    const Json& function = GetMember(item, "function");
    if (const auto id = GetString(item, "id"); id && call->id.empty())
      call->id = *id;
    call->name += GetString(function, "name").value_or("");
    const Json& arguments = GetMember(function, "arguments");
    if (arguments.is_string())
      call->arguments += arguments.get<std::string>();
    else if (arguments.is_object())
      call->arguments += DumpJson(arguments);
  }
}

void TakeUsage(const Json& body, Draft& draft) {
  const Json& json = GetMember(body, "usage");
  const auto input = GetCount(json, "prompt_tokens");
  const auto output = GetCount(json, "completion_tokens");
  if (!input || !output) return;
  Usage usage;
  usage.input = *input;
  usage.output = *output;
  usage.cached = std::min(
      *input, GetCount(GetMember(json, "prompt_tokens_details"), "cached_tokens")
                  .value_or(0));
  draft.usage = usage;
}

// `message` is a choice's message or delta.
void TakeMessage(const Json& message, Draft& draft) {
  draft.reply.text += ContentText(GetMember(message, "content"));
  draft.refusal += GetString(message, "refusal").value_or("");
  TakeToolCalls(GetMember(message, "tool_calls"), draft.reply.tool_calls);
  for (const std::string_view key : {"reasoning_content", "reasoning"})
    draft.reasoning +=
        EstimateTokens(GetString(message, key).value_or(""));
}

// The first choice; `key` is "message" or "delta". False if there is none.
bool TakeChoice(const Json& body, std::string_view key, Draft& draft) {
  TakeUsage(body, draft);
  if (draft.reply.served_by.empty())
    draft.reply.served_by = GetString(body, "model").value_or("");
  const Json& choices = GetMember(body, "choices");
  if (!choices.is_array() || choices.empty()) return false;
  TakeMessage(GetMember(choices[0], key), draft);
  if (const auto reason = GetString(choices[0], "finish_reason"))
    draft.finish = *reason;
  return true;
}

void FillUsage(Draft& draft) {
  ChatReply& reply = draft.reply;
  const bool empty = reply.text.empty() && reply.tool_calls.empty();
  // Servers that do not count say 0.
  if (draft.usage && (draft.usage->output > 0 || empty)) {
    reply.usage = *draft.usage;
    return;
  }
  reply.usage = draft.usage.value_or(Usage{});
  reply.usage.estimated = true;
  reply.usage.output =
      std::max(draft.pieces, EstimateReplyTokens(reply) + draft.reasoning);
}

FinishReason ReasonOf(const Draft& draft) {
  if (draft.finish == "length") return FinishReason::kLength;
  // Some servers say "stop" beside their calls.
  if (!draft.reply.tool_calls.empty()) return FinishReason::kToolCalls;
  return FinishReason::kStop;
}

void NameCalls(std::vector<ToolCall>& calls) {
  std::erase_if(calls, [](const ToolCall& call) { return call.name.empty(); });
  for (size_t i = 0; i < calls.size(); ++i)
    if (calls[i].id.empty()) calls[i].id = "call_" + std::to_string(i + 1);
}

ChatResult Completed(Draft draft) {
  NameCalls(draft.reply.tool_calls);
  CleanReply(draft.reply);
  FillUsage(draft);
  if (!draft.refusal.empty() || draft.finish == "content_filter")
    return BadAnswer(
        ChatErrorKind::kRefused,
        "the model declined: " + Sanitize(draft.refusal, 400), draft.usage);
  const ChatReply& reply = draft.reply;
  draft.reply.finish_reason = ReasonOf(draft);
  if (Trim(reply.text).empty() && reply.tool_calls.empty() &&
      reply.finish_reason != FinishReason::kLength)
    return BadAnswer(ChatErrorKind::kMalformed, "an empty answer", draft.usage);
  return std::move(draft.reply);
}

ChatResult ErrorWithin(const Json& body) {
  ChatError error = ErrorFromObject(GetMember(body, "error"), 200);
  error.may_have_cost = true;
  return tl::unexpected<ChatError>(std::move(error));
}

class Reader : public StreamReader {
 public:
  void Take(const SseEvent& event) override {
    if (done_) return;
    const std::string data = CleanModelText(event.data);
    if (Trim(data) == "[DONE]") {
      done_ = true;
      return;
    }
    const Result<Json> json = ParseJson(data);
    if (!json) {
      Fail(BadAnswer(ChatErrorKind::kMalformed,
                     "a piece of the stream is not JSON", std::nullopt));
    } else if (!GetMember(*json, "error").is_null()) {
      Fail(ErrorWithin(*json));
    } else if (TakeChoice(*json, "delta", draft_)) {
      ++draft_.pieces;
    }
  }

  bool done() const override { return done_; }

  ChatResult Finish() override {
    if (failure_) return tl::unexpected<ChatError>(*failure_);
    if (!done_ && draft_.finish.empty())
      return BadAnswer(ChatErrorKind::kTruncated, "the answer broke off",
                       draft_.usage);
    return Completed(std::move(draft_));
  }

 private:
  void Fail(const ChatResult& result) {
    failure_ = result.error();
    done_ = true;
  }

  Draft draft_;
  bool done_ = false;
  std::optional<ChatError> failure_;
};

}  // namespace

ChatResult ParseReply(const Json& body) {
  if (!GetMember(body, "error").is_null()) return ErrorWithin(body);
  Draft draft;
  if (!TakeChoice(body, "message", draft))
    return BadAnswer(ChatErrorKind::kMalformed, "an answer without choices",
                     draft.usage);
  return Completed(std::move(draft));
}

std::unique_ptr<StreamReader> NewReader() { return std::make_unique<Reader>(); }

}  // namespace kernelevolve::openai
