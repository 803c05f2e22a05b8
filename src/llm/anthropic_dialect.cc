// The Messages API of Anthropic.
#include "llm/anthropic_reply.h"
#include "llm/dialect.h"

namespace kernelevolve {
namespace {

// A tool's input is an object; what a model wrote instead is kept as text.
Json ArgumentsJson(const std::string& arguments) {
  const Result<Json> json = ParseJson(arguments);
  if (json && json->is_object()) return *json;
  return {{"text", arguments}};
}

Json Blocks(const Message& message) {
  if (message.role == Role::kTool)
    return Json::array({{{"type", "tool_result"},
                         {"tool_use_id", message.tool_call_id},
                         {"content", message.text}}});
  Json blocks = Json::array();
  // Empty text blocks are refused.
  if (!message.text.empty())
    blocks.push_back({{"type", "text"}, {"text", message.text}});
  for (const ToolCall& call : message.tool_calls)
    blocks.push_back({{"type", "tool_use"},
                      {"id", call.id},
                      {"name", call.name},
                      {"input", ArgumentsJson(call.arguments)}});
  return blocks;
}

// Roles must alternate: what one side says in a row becomes one message.
Json MessagesJson(const std::vector<Message>& messages) {
  Json list = Json::array();
  for (const Message& message : messages) {
    if (message.role == Role::kSystem) continue;
    const std::string_view role =
        message.role == Role::kAssistant ? "assistant" : "user";
    if (list.empty() || list.back()["role"] != role)
      list.push_back({{"role", role}, {"content", Json::array()}});
    for (Json& block : Blocks(message))
      list.back()["content"].push_back(std::move(block));
  }
  return list;
}

std::string SystemText(const std::vector<Message>& messages) {
  std::string text;
  for (const Message& message : messages) {
    if (message.role != Role::kSystem) continue;
    if (!text.empty()) text += "\n\n";
    text += message.text;
  }
  return text;
}

class AnthropicDialect : public ChatDialect {
 public:
  Json RequestBody(const ChatRequest& request, const std::string& model,
                   bool stream) const override {
    Json json = {{"model", model}, {"max_tokens", request.max_tokens}};
    if (const std::string system = SystemText(request.messages);
        !system.empty())
      json["system"] = system;
    json["messages"] = MessagesJson(request.messages);
    for (const ToolSpec& tool : request.tools)
      json["tools"].push_back({{"name", tool.name},
                               {"description", tool.description},
                               {"input_schema", tool.parameters}});
    if (request.response_format) {
      json["tools"].push_back(
          {{"name", anthropic::kAnswerTool},
           {"description", "Give the answer with this."},
           {"input_schema", request.response_format->schema}});
      json["tool_choice"] = {{"type", "tool"},
                             {"name", anthropic::kAnswerTool}};
    }
    if (request.temperature) json["temperature"] = *request.temperature;
    if (!request.stop.empty()) json["stop_sequences"] = request.stop;
    if (stream) json["stream"] = true;
    return json;
  }

  std::vector<std::string> Headers() const override {
    return {"anthropic-version: 2023-06-01"};
  }
  std::string KeyHeader() const override { return "x-api-key: "; }
  ChatResult ParseReply(const Json& body) const override {
    return anthropic::ParseReply(body);
  }
  std::unique_ptr<StreamReader> NewReader() const override {
    return anthropic::NewReader();
  }
};

}  // namespace

std::unique_ptr<ChatDialect> MakeAnthropicDialect() {
  return std::make_unique<AnthropicDialect>();
}

}  // namespace kernelevolve
