// HostLaunch: a sandboxed process for host code, from its start until it knows
// its candidate. It imports for seconds, so that it is worth starting ahead;
// HostSpare keeps one that was.
#pragma once

#include <memory>

#include "base/fd.h"
#include "worker/gpu/host/host_sandbox.h"

namespace kernelevolve::worker::gpu {

// One thread. The destructor kills the process.
class HostLaunch {
 public:
  // Does not wait. kMissing where no sandbox shows the device.
  static Result<std::unique_ptr<HostLaunch>> Begin(const HostOptions& options);

  // Waits for its greeting, seconds, and pauses it. kMissing where the device
  // cannot be worked from inside the sandbox.
  Status Settle();
  bool alive() { return !process_->Ended(); }

  // Settled: it is paused, and the channel empty.
  Fd TakeChannel() { return std::move(channel_); }
  std::unique_ptr<Sandboxed> TakeProcess() { return std::move(process_); }

 private:
  HostLaunch(Fd channel, std::unique_ptr<Sandboxed> process)
      : channel_(std::move(channel)), process_(std::move(process)) {}

  Fd channel_;
  std::unique_ptr<Sandboxed> process_;
  bool settled_ = false;
};

// One per device's judge; one thread. It holds at most one process.
class HostSpare {
 public:
  explicit HostSpare(HostOptions options) : options_(std::move(options)) {}

  const HostOptions& options() const { return options_; }
  // The one that waits, or a new one; settled. One that looks watched is new: the
  // one that waits was started without that, and goes on waiting.
  Result<std::unique_ptr<HostLaunch>> Take(bool watched);
  // Starts one ahead unless there is one. What fails, Take tells.
  void Prepare();
  // Before something is timed: the one that waits has imported all it needs and
  // is paused.
  void Settle();

 private:
  const HostOptions options_;
  std::unique_ptr<HostLaunch> waiting_;
};

}  // namespace kernelevolve::worker::gpu
