// The two eras of MCP: a handshake once (2024-11-05 to 2025-11-25), or every
// request for itself (2026-07-28).
#pragma once

#include <string>

#include "cli/mcp/json_rpc.h"

namespace kernelevolve::cli::mcp {

// Who makes a request, and how the answer must look.
struct Peer {
  std::string client;   // its name, sanitised
  std::string version;  // of the protocol
  bool stateless = false;
};

struct ServerIdentity {
  std::string name, version, instructions;
};

// For the server's one thread.
class Protocol {
 public:
  explicit Protocol(ServerIdentity identity) : identity_(std::move(identity)) {}

  // The method `initialize`: from then on requests need not say who makes them.
  tl::expected<Json, RpcError> Initialize(const Json& params);
  // The method `server/discover`.
  Json Discover() const;
  // Of any other request. An error where it neither follows a handshake nor
  // carries what a stateless one must.
  tl::expected<Peer, RpcError> PeerOf(const Message& request) const;
  // A method's own result with what the era wants in it. `cacheable`: a result
  // that says how long it holds.
  Json Dress(Json result, const Peer& peer, bool cacheable) const;

 private:
  const ServerIdentity identity_;
  Peer handshake_;  // no version before there was one
};

// Whether that version knows `structuredContent`.
bool KnowsStructuredContent(const Peer& peer);

}  // namespace kernelevolve::cli::mcp
