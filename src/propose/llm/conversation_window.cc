#include "propose/llm/conversation_window.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "llm/token_estimate.h"
#include "propose/llm/untrusted.h"

namespace kernelevolve {
namespace {

// System and task.
constexpr size_t kOpening = 2;
// The last call and its result are what the model is about to answer.
constexpr size_t kNewest = 2;
// Below this, a message is not worth cutting.
constexpr size_t kShort = 300;
constexpr size_t kLineBytes = 120;

bool Fits(const ChatRequest& chat, int64_t window_tokens) {
  return EstimatePromptTokens(chat) + chat.max_tokens <= window_tokens;
}

void Summarise(Message& message) {
  if (message.text.size() > kShort) {
    const size_t bytes = message.text.size();
    const size_t end = message.text.find('\n');
    message.text = format(
        "{} [… {} bytes of an earlier message left out]",
        Sanitize(message.text.substr(0, std::min(end, kLineBytes)), kLineBytes),
        bytes);
  }
  for (ToolCall& call : message.tool_calls)
    if (call.arguments.size() > kShort)
      call.arguments =
          DumpJson({{"left_out", format("{} bytes", call.arguments.size())}});
}

size_t SizeOf(const Message& message) {
  size_t size = message.text.size();
  for (const ToolCall& call : message.tool_calls) size += call.arguments.size();
  return size;
}

// False where nothing is left to cut.
bool HalveLongest(std::vector<Message>& messages) {
  Message* longest = nullptr;
  for (Message& message : messages)
    if (message.role != Role::kSystem &&
        (!longest || SizeOf(message) > SizeOf(*longest)))
      longest = &message;
  if (!longest || SizeOf(*longest) <= kShort) return false;
  if (longest->text.size() > kShort)
    longest->text = CutBetweenFences(longest->text, longest->text.size() / 2);
  else
    Summarise(*longest);
  return SizeOf(*longest) > 0;
}

}  // namespace

void FitWindow(ChatRequest& chat, int64_t window_tokens) {
  std::vector<Message>& messages = chat.messages;
  for (size_t i = kOpening;
       i + kNewest < messages.size() && !Fits(chat, window_tokens); ++i)
    Summarise(messages[i]);
  while (!Fits(chat, window_tokens) && HalveLongest(messages)) {
  }
}

}  // namespace kernelevolve
