#include "llm/anthropic_reply.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "llm/http_status.h"
#include "llm/model_text.h"
#include "llm/token_estimate.h"

namespace kernelevolve::anthropic {
namespace {

// More than any task needs; a hostile stream shall not choose.
constexpr size_t kMostBlocks = 256;

struct Block {
  std::string type, id, name;
  std::string text;  // of a tool_use: its input as JSON
};

struct Draft {
  std::map<int64_t, Block> blocks;  // by index
  std::string stop_reason, served_by;
  std::optional<int64_t> input, output;
  int64_t cached = 0;
  int64_t pieces = 0;     // of a stream: tokens, more or less
  int64_t reasoning = 0;  // charged for though it is not the answer
};

// `input_tokens` leaves out what was read from or written to the cache. Later
// counts replace earlier ones.
void TakeUsage(const Json& usage, Draft& draft) {
  const auto fresh = GetCount(usage, "input_tokens");
  if (fresh) {
    draft.cached = GetCount(usage, "cache_read_input_tokens").value_or(0);
    draft.input = *fresh + draft.cached +
                  GetCount(usage, "cache_creation_input_tokens").value_or(0);
  }
  if (const auto output = GetCount(usage, "output_tokens"))
    draft.output = output;
}

std::optional<Usage> KnownUsage(const Draft& draft) {
  if (!draft.input || !draft.output) return std::nullopt;
  return Usage{*draft.input, draft.cached, *draft.output, false};
}

Block BlockFrom(const Json& json) {
  Block block;
  block.type = GetString(json, "type").value_or("");
  block.id = GetString(json, "id").value_or("");
  block.name = GetString(json, "name").value_or("");
  block.text = GetString(json, "text").value_or("");
  const Json& input = GetMember(json, "input");
  if (input.is_object() && !input.empty()) block.text = DumpJson(input);
  return block;
}

ChatReply ReplyFrom(const Draft& draft) {
  ChatReply reply;
  reply.served_by = draft.served_by;
  for (const auto& [index, block] : draft.blocks) {
    if (block.type == "text" ||
        (block.type == "tool_use" && block.name == kAnswerTool))
      reply.text += block.text;
    else if (block.type == "tool_use")
      reply.tool_calls.push_back(
          {block.id, block.name, block.text.empty() ? "{}" : block.text});
  }
  if (draft.stop_reason == "max_tokens")
    reply.finish_reason = FinishReason::kLength;
  else if (!reply.tool_calls.empty())
    reply.finish_reason = FinishReason::kToolCalls;
  CleanReply(reply);
  return reply;
}

ChatResult Completed(const Draft& draft) {
  ChatReply reply = ReplyFrom(draft);
  const std::optional<Usage> usage = KnownUsage(draft);
  if (draft.stop_reason == "refusal")
    return BadAnswer(ChatErrorKind::kRefused,
                     "the model declined: " + Sanitize(reply.text, 400), usage);
  if (draft.stop_reason == "model_context_window_exceeded")
    return BadAnswer(ChatErrorKind::kContextExceeded,
                     "the answer ran out of the context window", usage);
  const bool empty = Trim(reply.text).empty() && reply.tool_calls.empty();
  if (empty && reply.finish_reason != FinishReason::kLength)
    return BadAnswer(ChatErrorKind::kMalformed, "an empty answer", usage);
  reply.usage = usage.value_or(Usage{});
  if (!usage || (usage->output == 0 && !empty)) {
    reply.usage.estimated = true;
    reply.usage.input = draft.input.value_or(0);
    reply.usage.output =
        std::max(draft.pieces, EstimateReplyTokens(reply) + draft.reasoning);
  }
  return reply;
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
    const Result<Json> json = ParseJson(CleanModelText(event.data));
    if (!json) {
      Fail(BadAnswer(ChatErrorKind::kMalformed,
                     "a piece of the stream is not JSON", std::nullopt));
      return;
    }
    const std::string type = GetString(*json, "type").value_or(event.name);
    if (type == "error") Fail(ErrorWithin(*json));
    if (type == "message_start") TakeStart(GetMember(*json, "message"));
    if (type == "content_block_start") TakeBlock(*json);
    if (type == "content_block_delta") TakeDelta(*json);
    if (type == "message_delta") TakeEnd(*json);
    if (type == "message_stop") done_ = true;
  }

  bool done() const override { return done_; }

  ChatResult Finish() override {
    if (failure_) return tl::unexpected<ChatError>(*failure_);
    // The counts of a broken stream are those of its beginning.
    if (!done_ && draft_.stop_reason.empty())
      return BadAnswer(ChatErrorKind::kTruncated, "the answer broke off",
                       std::nullopt);
    return Completed(draft_);
  }

 private:
  void TakeStart(const Json& message) {
    draft_.served_by = GetString(message, "model").value_or("");
    TakeUsage(GetMember(message, "usage"), draft_);
    // What message_start says of the output is not the final count.
    draft_.output.reset();
  }

  void TakeBlock(const Json& json) {
    const int64_t index = GetInteger(json, "index").value_or(0);
    if (draft_.blocks.size() < kMostBlocks)
      draft_.blocks[index] = BlockFrom(GetMember(json, "content_block"));
  }

  void TakeDelta(const Json& json) {
    ++draft_.pieces;
    const Json& delta = GetMember(json, "delta");
    if (const auto thinking = GetString(delta, "thinking"))
      draft_.reasoning += EstimateTokens(*thinking);
    const auto block =
        draft_.blocks.find(GetInteger(json, "index").value_or(0));
    if (block == draft_.blocks.end()) return;
    block->second.text += GetString(delta, "text").value_or("");
    block->second.text += GetString(delta, "partial_json").value_or("");
  }

  void TakeEnd(const Json& json) {
    if (const auto reason = GetString(GetMember(json, "delta"), "stop_reason"))
      draft_.stop_reason = *reason;
    TakeUsage(GetMember(json, "usage"), draft_);
  }

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
  if (GetString(body, "type") == "error") return ErrorWithin(body);
  const Json& content = GetMember(body, "content");
  Draft draft;
  TakeUsage(GetMember(body, "usage"), draft);
  if (!content.is_array())
    return BadAnswer(ChatErrorKind::kMalformed, "an answer without content",
                     KnownUsage(draft));
  for (const Json& item : content)
    if (draft.blocks.size() < kMostBlocks) {
      const auto index = static_cast<int64_t>(draft.blocks.size());
      draft.blocks[index] = BlockFrom(item);
      draft.reasoning +=
          EstimateTokens(GetString(item, "thinking").value_or(""));
    }
  draft.stop_reason = GetString(body, "stop_reason").value_or("");
  draft.served_by = GetString(body, "model").value_or("");
  return Completed(draft);
}

std::unique_ptr<StreamReader> NewReader() { return std::make_unique<Reader>(); }

}  // namespace kernelevolve::anthropic
