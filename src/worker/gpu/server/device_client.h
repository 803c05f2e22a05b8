// DeviceClient: a worker's line to the process that holds its device.
#pragma once

#include <functional>

#include "base/fd.h"
#include "base/file.h"
#include "base/json.h"

namespace kernelevolve::worker::gpu {

struct DeviceClientOptions {
  fs::path worker_binary;
  int device = 0;
  fs::path lane_lock;  // the server's socket stands beside it
  bool unsafe_no_sandbox = false;
};

// One per worker; one thread. Starts the server if nobody has, and again if it
// has died. Servers of another build, or of another mind about sandboxes, are
// none (server_name.h); the device's lock keeps them from timing at once.
class DeviceClient {
 public:
  explicit DeviceClient(const DeviceClientOptions& options) : options_(options) {}

  // One request, one answer; blocks while other workers are served, and calls
  // `waiting` now and then meanwhile. Error answers come back as errors.
  Result<Json> Ask(const Json& request, const std::function<void()>& waiting);

 private:
  Status Connect();
  Status StartServer(const fs::path& socket) const;
  Result<Json> Exchange(const Json& request,
                        const std::function<void()>& waiting);

  const DeviceClientOptions options_;
  Fd socket_;
};

}  // namespace kernelevolve::worker::gpu
