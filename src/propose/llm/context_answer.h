// The form in which a model reports a bottleneck.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "llm/chat.h"

namespace kernelevolve {

struct ContextAnswer {
  std::string headline;
  std::string bottleneck;  // of the knowledge base's words; "" = none of them
  std::vector<std::string> evidence, moves, tried_and_failed;
};

ResponseFormat ContextFormat();

// Strict: exactly the schema's keys, types and lengths; the error says what
// is wrong. The text is hostile: it may repeat what a candidate's comment asked
// for, and is one line each.
Result<ContextAnswer> ParseContextAnswer(std::string_view text);

// The JSON of an answer: all of it, or its only fenced block.
Result<Json> JsonOfAnswer(std::string_view text);

}  // namespace kernelevolve
