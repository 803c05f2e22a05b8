#include "cli/mcp/json_rpc.h"

#include <utility>

namespace kernelevolve::cli::mcp {
namespace {

constexpr size_t kMostMethodBytes = 200;

bool IsId(const Json& id) { return id.is_string() || id.is_number_integer(); }

tl::unexpected<BadMessage> Bad(const Json& id, int code, std::string message) {
  return tl::unexpected<BadMessage>(
      BadMessage{IsId(id) ? id : Json(nullptr), {code, std::move(message)}});
}

}  // namespace

tl::expected<Message, BadMessage> ParseMessage(std::string_view line) {
  const Result<Json> json = ParseJson(line);
  if (!json) return Bad(nullptr, kParseError, json.error().message);
  if (json->is_array())
    return Bad(nullptr, kInvalidRequest, "batches are not taken: one object a line");
  if (!json->is_object())
    return Bad(nullptr, kInvalidRequest, "a message is an object");
  const Json& id = GetMember(*json, "id");
  if (GetString(*json, "jsonrpc") != "2.0")
    return Bad(id, kInvalidRequest, "\"jsonrpc\" is not \"2.0\"");
  Message message;
  if (!json->contains("method")) {
    if (!json->contains("result") && !json->contains("error"))
      return Bad(id, kInvalidRequest, "\"method\" is missing");
    message.kind = Message::Kind::kResponse;
    return message;
  }
  const auto method = GetString(*json, "method");
  if (!method || method->size() > kMostMethodBytes)
    return Bad(id, kInvalidRequest, "\"method\" is no method's name");
  message.method = *method;
  if (!json->contains("id"))
    message.kind = Message::Kind::kNotification;
  else if (!IsId(id))
    return Bad(id, kInvalidRequest, "\"id\" is neither text nor a whole number");
  message.id = id;
  if (const Json& params = GetMember(*json, "params"); params.is_object())
    message.params = params;
  else if (!params.is_null())
    return Bad(id, kInvalidParams, "\"params\" is no object");
  return message;
}

Json ResultReply(const Json& id, Json result) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
}

Json ErrorReply(const Json& id, const RpcError& error) {
  Json body = {{"code", error.code}, {"message", error.message}};
  if (!error.data.is_null()) body["data"] = error.data;
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", std::move(body)}};
}

}  // namespace kernelevolve::cli::mcp
