// DeviceClient: a worker's line to the process that holds its device.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/fd.h"
#include "base/file.h"
#include "base/json.h"

namespace kernelevolve::worker::gpu {

struct DeviceClientOptions {
  fs::path worker_binary;
  int device = 0;
  fs::path lane_lock;  // the server's socket stands beside it
  bool unsafe_no_sandbox = false;
  // A server that is longer at one request is hung. The engine gives a request
  // 20 minutes, of which building takes some.
  std::chrono::milliseconds turn_limit = std::chrono::minutes(17);
  std::chrono::milliseconds tick = std::chrono::seconds(10);
};

// One per worker; one thread. Starts the server if nobody has, and again if it
// has died; ends one that hangs, so that the next worker does not meet it.
// Servers of another build, or of another mind about sandboxes, are none
// (server_name.h); the device's lock keeps them from timing at once.
class DeviceClient {
 public:
  explicit DeviceClient(const DeviceClientOptions& options) : options_(options) {}

  // A phase, for people.
  using Progress = std::function<void(const std::string& phase)>;

  // One request, one answer; blocks while other workers are served, and calls
  // `progress` now and then meanwhile. Error answers come back as errors.
  Result<Json> Ask(const Json& request, const Progress& progress);

 private:
  Status Connect();
  Status StartServer() const;
  Result<Fd> Guard() const;
  void EndIfHung();
  Result<Json> Exchange(const Json& request,
                        const Progress& progress);

  const DeviceClientOptions options_;
  fs::path path_;  // of the server's socket, once connected
  Fd socket_;
  bool ended_hung_ = false;  // this request's server, by us
};

}  // namespace kernelevolve::worker::gpu
