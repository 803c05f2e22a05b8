#include "llm/request_text.h"

#include "base/format.h"

namespace kernelevolve {
namespace {

std::string ToolsText(const std::vector<ToolSpec>& tools) {
  if (tools.empty()) return "";
  std::string text =
      "\n# tools\n\nTo call one, answer with answer.json and \"tool_calls\".\n";
  for (const ToolSpec& tool : tools)
    text += format("\n- `{}`: {}\n  `{}`\n", tool.name, tool.description,
                   DumpJson(tool.parameters));
  return text;
}

std::string MessageText(const Message& message) {
  std::string text = format("\n# {}\n\n{}\n", RoleName(message.role), message.text);
  for (const ToolCall& call : message.tool_calls)
    text += format("\ncalls `{}` ({}): {}\n", call.name, call.id, call.arguments);
  if (!message.tool_call_id.empty())
    text += format("\n(answers the call {})\n", message.tool_call_id);
  return text;
}

}  // namespace

std::string ToolText(const ToolSpec& tool) {
  return format("{}: {}\n{}", tool.name, tool.description,
                DumpJson(tool.parameters));
}

std::string RequestMarkdown(const ChatRequest& request) {
  std::string text =
      format("At most {} tokens of answer.\n", request.max_tokens);
  for (const Message& message : request.messages) text += MessageText(message);
  text += ToolsText(request.tools);
  if (request.response_format)
    text += format("\n# form of the answer\n\nOne JSON value of this schema:\n\n"
                   "```json\n{}\n```\n",
                   DumpPrettyJson(request.response_format->schema));
  return text;
}

}  // namespace kernelevolve
