// What is said to a model and what comes back, as plain values. No provider's
// dialect stands here: see llm/dialect.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/json.h"

namespace kernelevolve {

enum class Role { kSystem, kUser, kAssistant, kTool };
std::string_view RoleName(Role role);

// A call the model wants made. The name may be one that nobody offered, and
// `arguments` is JSON only if the model wrote JSON.
struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;
};

struct Message {
  Role role = Role::kUser;
  std::string text;
  std::vector<ToolCall> tool_calls;  // kAssistant only
  std::string tool_call_id;          // kTool only: which call this answers
};

struct ToolSpec {
  std::string name;
  std::string description;
  Json parameters;  // JSON schema of an object
};

// Asks for an answer that is one JSON value of this schema.
struct ResponseFormat {
  std::string name;
  Json schema;
};

struct ChatRequest {
  std::vector<Message> messages;
  std::vector<ToolSpec> tools;
  std::optional<ResponseFormat> response_format;
  int64_t max_tokens = 8192;  // of the answer; a budget may lower it
  std::optional<double> temperature;
  std::optional<int64_t> seed;
  std::vector<std::string> stop;
  // "" = whichever model the client has, else the `model` of an earlier reply:
  // the rounds of one conversation stay with one model.
  std::string model;
  // Which agent asks, "" for the author: a part of the request's place in a
  // recording, never sent.
  std::string asker;
};

struct Usage {
  int64_t input = 0;   // of the prompt, cached ones included
  int64_t cached = 0;  // of those, read from the provider's cache
  int64_t output = 0;
  bool estimated = false;  // the provider did not say

  int64_t total() const { return input + output; }
};

// What was charged for a call, attempts that failed included.
struct Charge {
  int64_t calls = 0;  // attempts that reached a provider
  Usage usage;
  double dollars = 0;

  void Add(const Charge& other);
};

enum class FinishReason { kStop, kLength, kToolCalls };
std::string_view FinishReasonName(FinishReason reason);
std::optional<FinishReason> ParseFinishReason(std::string_view name);

// Text and arguments are valid UTF-8 without control characters but newline
// and tab, whatever the model sent.
struct ChatReply {
  std::string text;
  std::vector<ToolCall> tool_calls;
  FinishReason finish_reason = FinishReason::kStop;
  Usage usage;
  double dollars = 0;     // what this answer cost; failed attempts not counted
  std::optional<Charge> charged;  // nothing: by usage and dollars
  std::string model;      // as configured: what Reward and ChatRequest take
  std::string served_by;  // as the server calls it
};

enum class ChatErrorKind {
  kAuth,             // no key, a wrong one, or one without permission
  kQuota,            // the account is out of money: waiting does not help
  kRateLimited,      // too fast; see retry_after
  kOverloaded,       // 5xx: the provider's trouble
  kBadRequest,       // the provider does not take this request
  kContextExceeded,  // the prompt does not fit the model
  kRefused,          // the model or a filter declined
  kMalformed,        // an answer that cannot be understood, or is far too large
  kTruncated,        // the answer broke off
  kTimeout,
  kNetwork,      // no connection, or it broke before an answer
  kBudget,       // it would cost more than is left
  kCancelled,    // our own stop
  kNotRecorded,  // a replay without an answer to this
  kLocal,        // our own disk or child process failed
};
std::string_view ChatErrorKindName(ChatErrorKind kind);
std::optional<ChatErrorKind> ParseChatErrorKind(std::string_view name);

// Trouble with a model is data: the run goes on or ends by its kind.
struct ChatError {
  ChatErrorKind kind = ChatErrorKind::kNetwork;
  std::string message;  // for people and logs; holds no key
  int http_status = 0;
  std::optional<std::chrono::milliseconds> retry_after;
  // What the call is known to have used.
  std::optional<Usage> usage;
  // Without `usage`: the model may have worked, and nobody says how much.
  bool may_have_cost = false;
  std::optional<Charge> charged;  // nothing: by usage alone

  // Whether the same call may succeed if made again.
  bool retryable() const;
};

using ChatResult = tl::expected<ChatReply, ChatError>;

// What a call was charged; where no budget stands behind the client, what the
// answer says of itself.
Charge ChargeOf(const ChatResult& result);
// Earlier attempts at the same call have been charged as well.
void AddCharge(const Charge& earlier, ChatResult& result);

inline tl::unexpected<ChatError> ChatFailure(ChatErrorKind kind,
                                             std::string message) {
  return tl::unexpected<ChatError>(ChatError{kind, std::move(message)});
}
// Of a call that a model may have worked for.
inline tl::unexpected<ChatError> AnswerLost(ChatErrorKind kind,
                                            std::string message) {
  ChatError error{kind, std::move(message)};
  error.may_have_cost = true;
  return tl::unexpected<ChatError>(std::move(error));
}

}  // namespace kernelevolve
