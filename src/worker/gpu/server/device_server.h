// The device server: one process per device and user, which judges what workers
// have compiled and recorded. It starts with the first worker that needs it and
// ends when no worker is connected any more.
#pragma once

#include <string>

#include "base/file.h"

namespace kernelevolve::worker::gpu {

struct DeviceServerOptions {
  int device = 0;
  fs::path socket;     // made by the server, 0600; named as its kind is
  fs::path lane_lock;  // a lock of its name is held while timing
  bool unsafe_no_sandbox = false;
};

// Returns the exit code of the program.
int RunDeviceServer(const DeviceServerOptions& options);

}  // namespace kernelevolve::worker::gpu
