// A request as Markdown, for people: what a mailbox's request.md holds.
#pragma once

#include <string>

#include "llm/chat.h"

namespace kernelevolve {

std::string RequestMarkdown(const ChatRequest& request);

}  // namespace kernelevolve
