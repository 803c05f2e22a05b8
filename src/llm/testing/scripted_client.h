// ScriptedClient: a model whose answers a test decides.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "llm/chat_client.h"

namespace kernelevolve {

// As thread-safe as its script.
class ScriptedClient : public ChatClient {
 public:
  // `call` counts from 0.
  using Script = std::function<ChatResult(const ChatRequest&, int call)>;
  explicit ScriptedClient(Script script) : script_(std::move(script)) {}
  ChatResult Complete(const ChatRequest& request,
                      const StopCondition&) override {
    return script_(request, calls_++);
  }

 private:
  const Script script_;
  std::atomic<int> calls_{0};
};

inline ChatReply ReplyOf(std::string text, Usage usage = {10, 0, 5, false}) {
  ChatReply reply;
  reply.text = std::move(text);
  reply.usage = usage;
  reply.model = "scripted";
  return reply;
}

inline ChatRequest RequestOf(std::string text) {
  ChatRequest request;
  request.messages.push_back({Role::kUser, std::move(text), {}, ""});
  request.max_tokens = 100;
  return request;
}

}  // namespace kernelevolve
