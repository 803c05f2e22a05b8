#include "propose/llm/tool_text.h"

#include "base/format.h"
#include "base/text.h"
#include "propose/llm/fenced_blocks.h"

namespace kernelevolve {
namespace {

constexpr size_t kNameBytes = 64, kBadArgumentBytes = 500;
// Longer ones than any kernel needs would only fill the window.
constexpr size_t kHistoryBytes = 256 << 10;

// What may be a call: the text, or its only block if that is JSON.
std::string Body(std::string_view text) {
  const std::string_view bare = Trim(text);
  if (bare.starts_with('{')) return std::string(bare);
  const FencedText split = SplitFences(text);
  if (split.blocks.size() != 1) return "";
  const FencedBlock& block = split.blocks.front();
  if (!block.tag.empty() && block.tag != "json") return "";
  return std::string(Trim(block.text));
}

std::optional<ToolCall> FromJson(const Json& json) {
  const auto name = GetString(json, "name");
  // Some models were taught the one word, some the other.
  for (const char* key : {"arguments", "parameters"}) {
    const Json& arguments = GetMember(json, key);
    if (name && arguments.is_object())
      return ToolCall{"", *name, DumpJson(arguments)};
    if (name && arguments.is_string())
      return ToolCall{"", *name, arguments.get<std::string>()};
  }
  if (name && json.size() == 1) return ToolCall{"", *name, "{}"};
  return std::nullopt;
}

// "{"name": "lint", …": the name, if the text begins so.
std::string NameAtFront(std::string_view text) {
  const size_t key = text.find("\"name\"");
  constexpr size_t kFront = 20, kKey = 6;
  if (key == text.npos || key > kFront) return "";
  const size_t open = text.find('"', key + kKey);
  if (open == text.npos) return "";
  const size_t close = text.find('"', open + 1);
  return close == text.npos
             ? ""
             : std::string(text.substr(open + 1, close - open - 1));
}

}  // namespace

std::optional<ToolCall> ParseTextCall(std::string_view text) {
  const std::string body = Body(text);
  if (!body.starts_with('{')) return std::nullopt;
  if (const Result<Json> json = ParseJson(body)) return FromJson(*json);
  const std::string name = NameAtFront(body);
  if (name.empty()) return std::nullopt;
  return ToolCall{"", name, body};
}

Message ResultInWords(const ToolCall& call, std::string_view result) {
  return {Role::kUser,
          format("Result of {}:\n{}", Sanitize(call.name, kNameBytes), result),
          {},
          ""};
}

void PutInWords(std::vector<Message>& messages) {
  for (Message& message : messages) {
    for (const ToolCall& call : message.tool_calls) {
      const Result<Json> arguments = ParseJson(call.arguments);
      message.text +=
          (message.text.empty() ? "" : "\n") +
          DumpJson({{"name", call.name},
                    {"arguments", arguments ? *arguments : Json::object()}});
    }
    message.tool_calls.clear();
    if (message.role != Role::kTool) continue;
    message.role = Role::kUser;
    message.text = "Result of your call:\n" + message.text;
    message.tool_call_id.clear();
  }
}

ToolCall ForHistory(const ToolCall& call, size_t number) {
  ToolCall kept{call.id.empty() ? format("call_{}", number)
                                : Sanitize(call.id, kNameBytes),
                Sanitize(call.name, kNameBytes), call.arguments};
  if (kept.name.empty()) kept.name = "unnamed";
  const bool small = call.arguments.size() <= kHistoryBytes;
  const Result<Json> json =
      small ? ParseJson(call.arguments) : Result<Json>(BadInput("too long"));
  if (!json || !json->is_object())
    kept.arguments = DumpJson(
        {{"not_taken",
          Sanitize(std::string_view(call.arguments).substr(0, kHistoryBytes),
                   kBadArgumentBytes)}});
  return kept;
}

}  // namespace kernelevolve
