#include "llm/chat_json.h"

#include <algorithm>

#include "base/digest.h"
#include "llm/model_text.h"

namespace kernelevolve {
namespace {

Json CallsJson(const std::vector<ToolCall>& calls) {
  Json list = Json::array();
  for (const ToolCall& call : calls)
    list.push_back({{"id", call.id},
                    {"name", call.name},
                    {"arguments", call.arguments}});
  return list;
}

Json MessageJson(const Message& message) {
  Json json = {{"role", RoleName(message.role)}, {"text", message.text}};
  if (!message.tool_calls.empty())
    json["tool_calls"] = CallsJson(message.tool_calls);
  if (!message.tool_call_id.empty()) json["tool_call_id"] = message.tool_call_id;
  return json;
}

Json UsageJson(const Usage& usage) {
  Json json = {{"input", usage.input},
               {"cached", usage.cached},
               {"output", usage.output}};
  if (usage.estimated) json["estimated"] = true;
  return json;
}

Usage UsageFromJson(const Json& json) {
  // A count nobody can have meant must not upset the sums it goes into.
  constexpr int64_t kMost = 1'000'000'000;
  const auto count = [&](std::string_view key) {
    return std::clamp<int64_t>(GetInteger(json, key).value_or(0), 0, kMost);
  };
  Usage usage;
  usage.input = count("input");
  usage.cached = std::min(usage.input, count("cached"));
  usage.output = count("output");
  usage.estimated = GetBool(json, "estimated").value_or(false);
  return usage;
}

Result<std::vector<ToolCall>> CallsFromJson(const Json& json) {
  std::vector<ToolCall> calls;
  if (json.is_null()) return calls;
  if (!json.is_array()) return BadInput("\"tool_calls\" is not a list");
  for (const Json& item : json) {
    const auto name = GetString(item, "name");
    if (!name) return BadInput("a tool call has no \"name\"");
    const Json& arguments = GetMember(item, "arguments");
    ToolCall call{GetString(item, "id").value_or(""), *name, ""};
    if (arguments.is_string())
      call.arguments = arguments.get<std::string>();
    else if (!arguments.is_null())
      call.arguments = DumpJson(arguments);
    if (call.id.empty()) call.id = "call_" + std::to_string(calls.size() + 1);
    calls.push_back(std::move(call));
  }
  return calls;
}

}  // namespace

Json ToJson(const ChatRequest& request) {
  Json json = {{"messages", Json::array()}};
  for (const Message& message : request.messages)
    json["messages"].push_back(MessageJson(message));
  if (!request.tools.empty()) json["tools"] = Json::array();
  for (const ToolSpec& tool : request.tools)
    json["tools"].push_back({{"name", tool.name},
                             {"description", tool.description},
                             {"parameters", tool.parameters}});
  if (request.response_format)
    json["response_format"] = {{"name", request.response_format->name},
                               {"schema", request.response_format->schema}};
  json["max_tokens"] = request.max_tokens;
  if (request.temperature) json["temperature"] = *request.temperature;
  if (request.seed) json["seed"] = *request.seed;
  if (!request.stop.empty()) json["stop"] = request.stop;
  if (!request.model.empty()) json["model"] = request.model;
  return json;
}

Json ToJson(const ChatReply& reply) {
  Json json = {{"text", reply.text}};
  if (!reply.tool_calls.empty()) json["tool_calls"] = CallsJson(reply.tool_calls);
  json["finish_reason"] = FinishReasonName(reply.finish_reason);
  json["usage"] = UsageJson(reply.usage);
  if (reply.dollars > 0) json["dollars"] = reply.dollars;
  if (!reply.model.empty()) json["model"] = reply.model;
  if (!reply.served_by.empty()) json["served_by"] = reply.served_by;
  return json;
}

Json ToJson(const ChatError& error) {
  Json json = {{"kind", ChatErrorKindName(error.kind)},
               {"message", error.message}};
  if (error.http_status != 0) json["http_status"] = error.http_status;
  if (error.usage) json["usage"] = UsageJson(*error.usage);
  return json;
}

Result<ChatReply> ReplyFromJson(const Json& json) {
  const auto text = GetString(json, "text");
  const Json& calls = GetMember(json, "tool_calls");
  if (!text && calls.is_null())
    return BadInput("neither \"text\" nor \"tool_calls\"");
  ChatReply reply;
  reply.text = text.value_or("");
  ASSIGN_OR_RETURN(reply.tool_calls, CallsFromJson(calls));
  const FinishReason usual =
      reply.tool_calls.empty() ? FinishReason::kStop : FinishReason::kToolCalls;
  reply.finish_reason = usual;
  if (const auto name = GetString(json, "finish_reason"))
    reply.finish_reason = ParseFinishReason(*name).value_or(usual);
  reply.usage = UsageFromJson(GetMember(json, "usage"));
  reply.dollars = std::max(0.0, GetNumber(json, "dollars").value_or(0));
  reply.model = CleanModelText(GetString(json, "model").value_or(""));
  reply.served_by = GetString(json, "served_by").value_or("");
  CleanReply(reply);
  return reply;
}

Result<ChatError> ErrorFromJson(const Json& json) {
  const auto kind = ParseChatErrorKind(GetString(json, "kind").value_or(""));
  if (!kind) return BadInput("unknown \"kind\" of error");
  ChatError error;
  error.kind = *kind;
  error.message = CleanModelText(GetString(json, "message").value_or(""));
  error.http_status =
      static_cast<int>(GetInteger(json, "http_status").value_or(0));
  if (json.contains("usage"))
    error.usage = UsageFromJson(GetMember(json, "usage"));
  return error;
}

std::string RequestDigest(const ChatRequest& request) {
  return HexDigest(DumpJson(ToJson(request)));
}

}  // namespace kernelevolve
