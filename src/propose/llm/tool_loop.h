// ToolLoop: a model works on one kernel with tools until it hands it in.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "propose/llm/authored.h"
#include "propose/llm/conversation.h"
#include "propose/llm/kernel_tools.h"
#include "propose/llm/tool_specs.h"

namespace kernelevolve {

struct ToolLoopOptions {
  ToolLimits limits;
  int64_t window_tokens = 64 << 10;
};

// A kernel in an answer's text, which needs no tool; null: no parent to edit.
using ReadAnswer = std::function<tl::expected<Answer, Complaint>(
    const ChatReply& reply, const Candidate* current)>;

// Of one proposal, one thread; what it works with outlives it.
class ToolLoop {
 public:
  ToolLoop(const ToolLoopOptions& options, KernelTools& tools,
           Conversation& conversation, ReadAnswer read_answer)
      : options_(options),
        window_(options.window_tokens),
        tools_(tools),
        conversation_(conversation),
        read_answer_(std::move(read_answer)),
        steps_left_(options.limits.steps) {}

  // `chat` is the opening prompt; `native`: offer the tools in the provider's
  // own way. Ends in bounded time, whatever the model does.
  Authored Run(ChatRequest chat, bool native);
  // Whether the provider refused to be offered tools.
  bool refused_tools() const { return refused_tools_; }

 private:
  ChatResult Ask(ChatRequest& chat);
  // Each returns what ended the loop, or nothing.
  std::optional<Authored> TakeText(const ChatReply& reply, ChatRequest& chat);
  std::optional<Authored> TakeCalls(const ChatReply& reply,
                                    const std::vector<ToolCall>& calls,
                                    ChatRequest& chat);
  std::optional<Authored> Step(const ToolCall& call, bool cut_off,
                               std::string& result);
  // Ended without a kernel handed in.
  Authored Unsubmitted(std::string why);
  Authored Broken(const ChatError& error);
  // By our own stop, or where a recording of such a run ends.
  Authored Stopped(ChatError error);

  const ToolLoopOptions options_;
  int64_t window_;
  KernelTools& tools_;
  Conversation& conversation_;
  const ReadAnswer read_answer_;
  int steps_left_;
  bool complained_ = false;  // of the last text
  bool refused_tools_ = false;
  std::map<std::string, int> seen_;  // calls by fingerprint
  std::string raw_;                  // the model's last words
};

}  // namespace kernelevolve
