#include "llm/token_estimate.h"

#include <algorithm>

namespace kernelevolve {
namespace {

enum class Class { kLower, kUpper, kDigit, kBlank, kNewline, kOther, kHigh };

Class ClassOf(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x80) return Class::kHigh;
  if (c >= 'a' && c <= 'z') return Class::kLower;
  if (c >= 'A' && c <= 'Z') return Class::kUpper;
  if (c >= '0' && c <= '9') return Class::kDigit;
  if (c == ' ' || c == '\t') return Class::kBlank;
  if (c == '\n') return Class::kNewline;
  return Class::kOther;
}

// Tokens of a run of one class. Byte-pair tokenizers merge words and
// indentation, hardly punctuation, and many keep every digit apart.
int64_t RunTokens(Class run, int64_t length) {
  switch (run) {
    // The blank before a word is part of the word's token.
    case Class::kBlank: return length == 1 ? 0 : 1 + length / 16;
    case Class::kLower: return (length + 3) / 4;
    case Class::kUpper: return (length + 2) / 3;
    case Class::kNewline: return 1;
    case Class::kDigit: return length;
    case Class::kOther: return length;
    case Class::kHigh: return (length + 1) / 2;
  }
  return length;
}

// Markers of role and end that a template puts around each message.
constexpr int64_t kPerMessage = 8;
constexpr int64_t kPerTool = 16;
// Templates with tools bring instructions of their own.
constexpr int64_t kForTools = 200;

}  // namespace

int64_t EstimateTokens(std::string_view text) {
  int64_t tokens = 0;
  for (size_t i = 0; i < text.size();) {
    Class run = ClassOf(text[i]);
    size_t end = i + 1;
    // "Thread" is one word, "threadIdx" two.
    if (run == Class::kUpper && end < text.size() &&
        ClassOf(text[end]) == Class::kLower)
      run = Class::kLower;
    while (end < text.size() && ClassOf(text[end]) == run) ++end;
    tokens += RunTokens(run, static_cast<int64_t>(end - i));
    i = end;
  }
  // No prose and no code is denser than this, whatever its words look like.
  return std::max(tokens, static_cast<int64_t>(text.size() + 3) / 4);
}

int64_t EstimatePromptTokens(const ChatRequest& request) {
  int64_t tokens = kPerMessage;
  for (const Message& message : request.messages) {
    tokens += kPerMessage + EstimateTokens(message.text);
    for (const ToolCall& call : message.tool_calls)
      tokens += kPerTool + EstimateTokens(call.name) +
                EstimateTokens(call.arguments);
  }
  if (!request.tools.empty()) tokens += kForTools;
  for (const ToolSpec& tool : request.tools)
    tokens += kPerTool + EstimateTokens(tool.name) +
              EstimateTokens(tool.description) +
              EstimateTokens(DumpJson(tool.parameters));
  if (request.response_format)
    tokens += kPerTool + EstimateTokens(DumpJson(request.response_format->schema));
  return tokens;
}

int64_t EstimateReplyTokens(const ChatReply& reply) {
  int64_t tokens = EstimateTokens(reply.text);
  for (const ToolCall& call : reply.tool_calls)
    tokens +=
        kPerTool + EstimateTokens(call.name) + EstimateTokens(call.arguments);
  return tokens;
}

}  // namespace kernelevolve
