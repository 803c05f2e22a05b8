// ServeChild: a `serve` process of our own, which judges one request at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "process/child.h"
#include "process/device_lanes.h"
#include "wire/messages.h"

namespace kernelevolve::worker {

// How all of them are started; they take the lanes in turn.
struct ServeCommand {
  std::vector<std::string> program;  // "serve" and its flags are appended
  std::vector<DeviceLane> lanes;     // at least one
  fs::path scratch;                  // a folder for each is made in it
  bool unsafe_no_sandbox = false;
};

// Owned by one thread, which must live as long (process/child.h).
class ServeChild {
 public:
  ServeChild(const ServeCommand& command, int index, const Clock& clock)
      : command_(command), index_(index), clock_(clock) {}

  Status Start();
  // Readable where there is something to Receive; -1 while it is not started.
  int fd() const { return child_ ? child_->output() : -1; }
  // Its next message, progress included; an error where it died or talks
  // nonsense: then only Start is of use.
  Result<Json> Receive();
  // Only after its greeting, and while it has nothing to do.
  Status Send(const std::string& name, const wire::EvaluateRequest& request);
  void Finished() { request_.clear(); }
  void Stop();

  // Why it cannot be waited for any longer; "" while it can.
  std::string Overdue() const;
  const std::optional<wire::Hello>& hello() const { return hello_; }
  const std::string& request() const { return request_; }  // "": none
  bool idle() const { return hello_ && request_.empty(); }
  std::string LogTail() const;

 private:
  fs::path log() const;

  const ServeCommand& command_;
  const int index_;
  const Clock& clock_;
  std::optional<Child> child_;
  std::optional<wire::Hello> hello_;
  std::string request_;
  Clock::TimePoint begun_, heard_;
};

}  // namespace kernelevolve::worker
