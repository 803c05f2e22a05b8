// Chat completions as OpenAI defined them and as vLLM, llama.cpp, Ollama and
// many more copy them.
#include "llm/dialect.h"
#include "llm/openai_reply.h"

namespace kernelevolve {
namespace {

Json ToolCallsJson(const std::vector<ToolCall>& calls) {
  Json list = Json::array();
  for (const ToolCall& call : calls)
    list.push_back(
        {{"id", call.id},
         {"type", "function"},
         {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
  return list;
}

Json MessageJson(const Message& message) {
  Json json = {{"role", RoleName(message.role)}, {"content", message.text}};
  if (!message.tool_calls.empty())
    json["tool_calls"] = ToolCallsJson(message.tool_calls);
  if (message.role == Role::kTool) json["tool_call_id"] = message.tool_call_id;
  return json;
}

Json ToolsJson(const std::vector<ToolSpec>& tools) {
  Json list = Json::array();
  for (const ToolSpec& tool : tools)
    list.push_back({{"type", "function"},
                    {"function",
                     {{"name", tool.name},
                      {"description", tool.description},
                      {"parameters", tool.parameters}}}});
  return list;
}

class OpenAiDialect : public ChatDialect {
 public:
  explicit OpenAiDialect(std::string token_limit_key)
      : token_limit_key_(std::move(token_limit_key)) {}

  Json RequestBody(const ChatRequest& request, const std::string& model,
                   bool stream) const override {
    Json json = {{"model", model}, {"messages", Json::array()}};
    for (const Message& message : request.messages)
      json["messages"].push_back(MessageJson(message));
    json[token_limit_key_] = request.max_tokens;
    if (!request.tools.empty()) json["tools"] = ToolsJson(request.tools);
    if (request.response_format)
      json["response_format"] = {
          {"type", "json_schema"},
          {"json_schema",
           {{"name", request.response_format->name},
            {"strict", true},
            {"schema", request.response_format->schema}}}};
    if (request.temperature) json["temperature"] = *request.temperature;
    if (request.seed) json["seed"] = *request.seed;
    if (!request.stop.empty()) json["stop"] = request.stop;
    if (stream) {
      json["stream"] = true;
      json["stream_options"] = {{"include_usage", true}};
    }
    return json;
  }

  std::vector<std::string> Headers() const override { return {}; }
  std::string KeyHeader() const override { return "Authorization: Bearer "; }
  ChatResult ParseReply(const Json& body) const override {
    return openai::ParseReply(body);
  }
  std::unique_ptr<StreamReader> NewReader() const override {
    return openai::NewReader();
  }

 private:
  const std::string token_limit_key_;
};

}  // namespace

std::unique_ptr<ChatDialect> MakeOpenAiDialect(std::string token_limit_key) {
  return std::make_unique<OpenAiDialect>(std::move(token_limit_key));
}

}  // namespace kernelevolve
