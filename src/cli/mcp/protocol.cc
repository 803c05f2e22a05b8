#include "cli/mcp/protocol.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace kernelevolve::cli::mcp {
namespace {

// Oldest first; a client that asks for anything else is offered the last.
constexpr std::array<std::string_view, 4> kHandshakeVersions = {
    "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"};
constexpr std::string_view kStatelessVersion = "2026-07-28";

constexpr const char* kVersionKey = "io.modelcontextprotocol/protocolVersion";
constexpr const char* kClientKey = "io.modelcontextprotocol/clientInfo";
constexpr const char* kServerKey = "io.modelcontextprotocol/serverInfo";

// Goes into the origin of nodes: one short line.
std::string ClientName(const Json& info) {
  constexpr size_t kMostBytes = 60;
  std::string name = Sanitize(GetString(info, "name").value_or(""), kMostBytes);
  std::replace(name.begin(), name.end(), '\n', ' ');
  std::replace(name.begin(), name.end(), '\t', ' ');
  return name.empty() ? "unnamed" : name;
}

Json Capabilities() { return {{"tools", {{"listChanged", false}}}}; }

}  // namespace

tl::expected<Json, RpcError> Protocol::Initialize(const Json& params) {
  const auto wanted = GetString(params, "protocolVersion");
  if (!wanted)
    return tl::unexpected<RpcError>(
        RpcError{kInvalidParams, "\"protocolVersion\" is missing"});
  const bool known = std::find(kHandshakeVersions.begin(),
                               kHandshakeVersions.end(),
                               *wanted) != kHandshakeVersions.end();
  handshake_.version =
      known ? *wanted : std::string(kHandshakeVersions.back());
  handshake_.client = ClientName(GetMember(params, "clientInfo"));
  return Json{{"protocolVersion", handshake_.version},
              {"capabilities", Capabilities()},
              {"serverInfo",
               {{"name", identity_.name}, {"version", identity_.version}}},
              {"instructions", identity_.instructions}};
}

Json Protocol::Discover() const {
  return {{"supportedVersions", Json::array({kStatelessVersion})},
          {"capabilities", Capabilities()},
          {"instructions", identity_.instructions}};
}

tl::expected<Peer, RpcError> Protocol::PeerOf(const Message& request) const {
  const Json& meta = GetMember(request.params, "_meta");
  const auto version = GetString(meta, kVersionKey);
  if (!version && !handshake_.version.empty()) return handshake_;
  if (!version)
    return tl::unexpected<RpcError>(RpcError{
        kInvalidRequest,
        std::string("initialize first, or say in _meta, under ") + kVersionKey +
            ", which protocol this is"});
  if (*version != kStatelessVersion)
    return tl::unexpected<RpcError>(
        RpcError{kUnsupportedVersion,
                 "Unsupported protocol version",
                 {{"supported", Json::array({kStatelessVersion})},
                  {"requested", Sanitize(*version, 60)}}});
  return Peer{ClientName(GetMember(meta, kClientKey)), *version, true};
}

Json Protocol::Dress(Json result, const Peer& peer, bool cacheable) const {
  if (!peer.stateless) return result;
  result["resultType"] = "complete";
  if (cacheable) {
    result["ttlMs"] = 0;
    result["cacheScope"] = "private";
  }
  result["_meta"][kServerKey] = {{"name", identity_.name},
                                 {"version", identity_.version}};
  return result;
}

bool KnowsStructuredContent(const Peer& peer) {
  return peer.stateless || peer.version >= "2025-06-18";
}

}  // namespace kernelevolve::cli::mcp
