// Reads what the Messages API answers, whole or in pieces. Internal to
// anthropic_dialect.cc and its tests.
#pragma once

#include <memory>
#include <string_view>

#include "llm/dialect.h"

namespace kernelevolve::anthropic {

// Every model of the API can be made to call a tool, only the newer ones know
// a response format: the schema travels as a tool of this name, and the call's
// input is the answer's text.
inline constexpr std::string_view kAnswerTool = "give_answer";

// `body` is the JSON of a 200.
ChatResult ParseReply(const Json& body);
std::unique_ptr<StreamReader> NewReader();

}  // namespace kernelevolve::anthropic
