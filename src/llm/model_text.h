// The edge where a model's or a server's text enters the program.
#pragma once

#include <string>
#include <string_view>

#include "llm/chat.h"

namespace kernelevolve {

// Valid UTF-8 by the letter (no surrogates, no overlong forms; what is invalid
// becomes U+FFFD) and no control characters but newline and tab. Never shorter
// than what was meant: nothing is cut.
std::string CleanModelText(std::string_view text);

// CleanModelText over everything a model wrote.
void CleanReply(ChatReply& reply);

}  // namespace kernelevolve
