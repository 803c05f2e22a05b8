#include "propose/llm/redactor.h"

namespace kernelevolve {

std::string Redactor::Clean(std::string text) const {
  for (const Secret& key : keys_)
    if (!key.empty()) text = key.RedactedFrom(text);
  return text;
}

ChatRequest Redactor::Clean(ChatRequest request) const {
  if (keys_.empty()) return request;
  for (Message& message : request.messages) {
    message.text = Clean(std::move(message.text));
    for (ToolCall& call : message.tool_calls)
      call.arguments = Clean(std::move(call.arguments));
  }
  return request;
}

}  // namespace kernelevolve
