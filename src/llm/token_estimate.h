// How many tokens a text is, for a tokenizer nobody has told us about: high
// rather than low, since a budget relies on it.
#pragma once

#include <cstdint>
#include <string_view>

#include "llm/chat.h"

namespace kernelevolve {

int64_t EstimateTokens(std::string_view text);

// The whole prompt: messages, tools, schema, and what a chat template adds.
int64_t EstimatePromptTokens(const ChatRequest& request);

// What the model wrote, tool calls included.
int64_t EstimateReplyTokens(const ChatReply& reply);

}  // namespace kernelevolve
