// Sockets in the file system, between processes of one user.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>

#include "base/fd.h"
#include "base/file.h"

namespace kernelevolve::worker::gpu {

// Replaces a socket that nobody listens at. kInfrastructure where somebody does.
Result<Fd> ListenAt(const fs::path& path);
// kInfrastructure where nobody listens.
Result<Fd> ConnectTo(const fs::path& path);

// A server that does one thing after the other says when it begins one: a peer
// that waits can then tell a hung server from a busy one.
void MarkTurn(const fs::path& path);
// Since the last turn began; nothing where there is no such socket.
std::optional<std::chrono::nanoseconds> TurnAge(const fs::path& path);
// The process that listens at the other end of a connection; 0 if unknown.
pid_t PeerOf(const Fd& connection);

}  // namespace kernelevolve::worker::gpu
