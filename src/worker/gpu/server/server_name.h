// What a device's server is called, so that a worker meets only one that judges
// as it would have it judged: of the same build, with the same runners, and with
// a sandbox or without.
#pragma once

#include <string>

#include "base/file.h"
#include "base/result.h"

namespace kernelevolve::worker::gpu {

struct ServerKind {
  fs::path program;  // the build, by its bytes
  fs::path runners;  // folder; what the server runs beside itself, by its bytes
  bool unsafe_no_sandbox = false;
};

// Of the process that asks.
Result<ServerKind> OwnServerKind(bool unsafe_no_sandbox);

// The socket of a server of that kind, beside the device's lock.
Result<fs::path> ServerSocket(const fs::path& lane_lock, const ServerKind& kind);

}  // namespace kernelevolve::worker::gpu
