// A request as Markdown, for people: what a mailbox's request.md holds.
#pragma once

#include <string>

#include "llm/chat.h"

namespace kernelevolve {

// A tool as it is offered: name, what it does, the schema of its arguments.
std::string ToolText(const ToolSpec& tool);

std::string RequestMarkdown(const ChatRequest& request);

}  // namespace kernelevolve
