// HostLaunch: a sandboxed process for host code, from its start until it knows
// its candidate. It imports for seconds, so that it is worth starting ahead;
// HostSpare keeps some that were.
#pragma once

#include <memory>
#include <vector>

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
  // Stops it where it is, importing or not, until it is to settle or to go on. One
  // that does not stop is ended.
  void Hold();
  void GoOn();
  bool alive() { return !process_->Ended(); }

  // Settled: it is paused, and the channel empty.
  Fd TakeChannel() { return std::move(channel_); }
  std::unique_ptr<Sandboxed> TakeProcess() { return std::move(process_); }

 private:
  HostLaunch(Fd channel, std::unique_ptr<Sandboxed> process)
      : channel_(std::move(channel)), process_(std::move(process)) {}

  Fd channel_;
  std::unique_ptr<Sandboxed> process_;
  bool settled_ = false, held_ = false;
};

// How many processes are to wait.
struct HostAhead {
  size_t plain = 1;
  bool watched = false;  // one that looks as if checking tools watched it
};

// For a candidate's two worlds and one that does without its kernels; at a new task
// also the clock's own, and one more world, because quiet is measured without a
// candidate. Each imports for some seconds on a core of its own, far longer than most
// candidates are judged: where there are cores, those of the next candidate import
// meanwhile.
HostAhead HostAheadFor(bool new_task, size_t cores);

// One per device's judge; one thread.
class HostSpare {
 public:
  explicit HostSpare(HostOptions options) : options_(std::move(options)) {}

  const HostOptions& options() const { return options_; }
  // One of its kind that waits, or a new one; settled. The next is started in its
  // place, unless all are held.
  Result<std::unique_ptr<HostLaunch>> Take(bool watched);
  // Starts what is missing, all at once, ends what is too much, and lets those that
  // were held go on. What fails, Take tells.
  void Prepare(const HostAhead& ahead = {});
  // Ends all that wait: each keeps a context on the device.
  void Drop();
  // Waits until all have imported what they need, and are paused.
  void Settle();
  // Before something is timed: until GoOn or Prepare, none of these imports but the
  // one that Take waits for.
  void Hold();
  void GoOn();

 private:
  HostOptions OptionsFor(bool watched) const;
  using Waiting = std::vector<std::unique_ptr<HostLaunch>>;
  void Fill(bool watched, size_t count);

  const HostOptions options_;
  Waiting waiting_[2];  // plain, watched
  HostAhead ahead_{.plain = 0};
  bool held_ = false;
};

// Holds what waits for as long as it lives; of nullptr nothing.
class HostHold {
 public:
  explicit HostHold(HostSpare* spare) : spare_(spare) {
    if (spare_) spare_->Hold();
  }
  ~HostHold() {
    if (spare_) spare_->GoOn();
  }
  HostHold(const HostHold&) = delete;
  HostHold& operator=(const HostHold&) = delete;

 private:
  HostSpare* const spare_;
};

}  // namespace kernelevolve::worker::gpu
