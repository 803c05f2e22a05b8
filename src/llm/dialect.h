// ChatDialect: how one family of servers wants to be asked and how it answers.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "llm/chat.h"
#include "llm/http.h"
#include "llm/sse_parser.h"

namespace kernelevolve {

// An answer in the making. Used by one thread.
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  virtual void Take(const SseEvent& event) = 0;
  // The server has said that this is all, or why there is no more.
  virtual bool done() const = 0;
  // Whatever has come: the reply if it is whole (done, or at least its finish
  // reason was seen), else why not.
  virtual ChatResult Finish() = 0;
};

// Immutable, hence thread-safe.
class ChatDialect {
 public:
  virtual ~ChatDialect() = default;
  virtual Json RequestBody(const ChatRequest& request, const std::string& model,
                           bool stream) const = 0;
  // Headers without keys, and the one with the key up to where it stands.
  virtual std::vector<std::string> Headers() const = 0;
  virtual std::string KeyHeader() const = 0;
  virtual ChatResult ParseReply(const Json& body) const = 0;
  virtual std::unique_ptr<StreamReader> NewReader() const = 0;
};

// "max_tokens" is understood by everyone but OpenAI's newer models, which
// insist on "max_completion_tokens".
std::unique_ptr<ChatDialect> MakeOpenAiDialect(
    std::string token_limit_key = "max_tokens");
std::unique_ptr<ChatDialect> MakeAnthropicDialect();

// A count from an answer: absent, negative or absurd reads as nothing said.
std::optional<int64_t> GetCount(const Json& object, std::string_view key);

// As ChatFailure, for an answer that came and cannot be used: somebody will be
// charged for it.
tl::unexpected<ChatError> BadAnswer(ChatErrorKind kind, std::string message,
                                    const std::optional<Usage>& usage);

}  // namespace kernelevolve
