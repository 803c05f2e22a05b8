// Tool calls as plain text, for models and servers that know no other form.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "llm/chat.h"

namespace kernelevolve {

// A text that is one JSON object {"name": …, "arguments": {…}}, bare or in the
// text's only fenced block. One that begins like a call but is no JSON is a
// call with those bad arguments, so that the model hears of it. nullopt: the
// text is something else.
std::optional<ToolCall> ParseTextCall(std::string_view text);

// What stands for a native call and its result where roles for them are not
// known.
Message ResultInWords(const ToolCall& call, std::string_view result);
// The same for a whole conversation.
void PutInWords(std::vector<Message>& messages);

// `call` as it may be sent back in a history: with an id, a short name, and
// arguments that are a JSON object of bounded length, whatever the model wrote.
ToolCall ForHistory(const ToolCall& call, size_t number);

}  // namespace kernelevolve
