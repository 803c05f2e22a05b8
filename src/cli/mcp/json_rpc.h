// JSON-RPC 2.0 as MCP uses it on a pipe: one object a line.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace kernelevolve::cli::mcp {

enum RpcCode {
  kParseError = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kUnsupportedVersion = -32022,  // of MCP, with the supported ones as data
  kBusy = -32000,                // ours: too many calls at once
};

struct RpcError {
  int code = kInvalidRequest;
  std::string message;
  Json data = nullptr;
};

struct Message {
  enum class Kind { kRequest, kNotification, kResponse } kind = Kind::kRequest;
  Json id = nullptr;   // of a request: a string or an integer
  std::string method;  // "" of a response
  Json params = Json::object();
};

// What is wrong with a line, and the id to answer to; null where there is none.
struct BadMessage {
  Json id = nullptr;
  RpcError error;
};

tl::expected<Message, BadMessage> ParseMessage(std::string_view line);

Json ResultReply(const Json& id, Json result);
Json ErrorReply(const Json& id, const RpcError& error);

}  // namespace kernelevolve::cli::mcp
