// ScriptedModel: a client that says what it was told to, in order, and keeps
// what it was asked; and kernels for it to say.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "llm/chat_client.h"

namespace kernelevolve {

// One thread.
class ScriptedModel : public ChatClient {
 public:
  void Say(const std::string& text,
           FinishReason reason = FinishReason::kStop) {
    ChatReply reply = Blank();
    reply.text = text;
    reply.finish_reason = reason;
    replies_.push_back(reply);
  }
  void Call(const std::string& name, const std::string& arguments = "{}",
            FinishReason reason = FinishReason::kToolCalls) {
    ChatReply reply = Blank();
    reply.tool_calls.push_back({"c" + std::to_string(replies_.size()), name,
                                arguments});
    reply.finish_reason = reason;
    replies_.push_back(reply);
  }
  void CallAll(std::vector<ToolCall> calls) {
    ChatReply reply = Blank();
    reply.tool_calls = std::move(calls);
    reply.finish_reason = FinishReason::kToolCalls;
    replies_.push_back(reply);
  }
  void Fail(ChatErrorKind kind, const std::string& message) {
    replies_.push_back(ChatFailure(kind, message));
  }
  void Fail(ChatError error) {
    replies_.push_back(tl::unexpected<ChatError>(std::move(error)));
  }

  ChatResult Complete(const ChatRequest& request,
                      const StopCondition&) override {
    asked.push_back(request);
    if (replies_.empty())
      return ChatFailure(ChatErrorKind::kNetwork, "the script is over");
    ChatResult reply = std::move(replies_.front());
    replies_.pop_front();
    return reply;
  }

  std::vector<ChatRequest> asked;

 private:
  static ChatReply Blank() {
    ChatReply reply;
    reply.model = "scripted";
    reply.usage = {100, 0, 10, false};
    reply.dollars = 110e-6;
    return reply;
  }

  std::deque<ChatResult> replies_;
};

// A kernel with `body` in it.
inline std::string Kernel(const std::string& body) {
  return "#include <kernelevolve/abi.h>\nextern \"C\" int ke_run(const "
         "ke_call* call) {\n" +
         body + "  return 0;\n}\n";
}

inline std::string FileAnswer(const std::string& body) {
  return "PLAN: try " + body + "\n```cpp\n" + Kernel(body) + "```\n";
}

// {"source": …} of such a kernel.
inline std::string SourceArguments(const std::string& body) {
  return DumpJson({{"source", Kernel(body)}});
}

}  // namespace kernelevolve
