// Keeps a growing conversation inside the model's context.
#pragma once

#include <cstdint>

#include "llm/chat.h"

namespace kernelevolve {

// Until the request and its answer fit `window` tokens by estimate: the oldest
// messages behind the opening prompt give way to one line each, calls keep
// their names; then the longest of what is left is cut in its middle. System
// messages stay as they are.
void FitWindow(ChatRequest& chat, int64_t window_tokens);

}  // namespace kernelevolve
