// Sockets in the file system, between processes of one user.
#pragma once

#include "base/fd.h"
#include "base/file.h"

namespace kernelevolve::worker::gpu {

// Replaces a socket that nobody listens at. kInfrastructure where somebody does.
Result<Fd> ListenAt(const fs::path& path);
// kInfrastructure where nobody listens.
Result<Fd> ConnectTo(const fs::path& path);

}  // namespace kernelevolve::worker::gpu
