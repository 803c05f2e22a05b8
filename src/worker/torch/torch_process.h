// TorchProcess: PyTorch in a child of its own (runners/python/ke_torch), which
// computes a task's expected outputs and runs its PyTorch baselines. Trusted:
// it sees the task's own files and never a candidate, so it runs outside of the
// sandbox.
//
// Owned by the judge of a device; one thread at a time. Calls block up to a
// deadline. A failed command leaves the process as it was; one that times out,
// or after which the device is in an unknown state, ends it: then `alive` is
// false and every later call answers kInfrastructure. The destructor kills it
// with its helpers. It dies with the server that forked it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/file.h"
#include "base/result.h"
#include "worker/torch/torch_fork_server.h"
#include "worker/torch/torch_messages.h"

namespace kernelevolve::worker {

struct TorchOptions {
  fs::path scratch;  // exists; holds caches and temporary files
  fs::path log;      // standard error is appended here
  // "cuda:0", or "cpu": then lent memory is a memory file (memfd) and times are
  // the host's, which serves tests.
  std::string device = "cuda:0";
};

class TorchProcess {
 public:
  using Milliseconds = std::chrono::milliseconds;

  // Forks it and waits for its greeting. `server` outlives it.
  static Result<std::unique_ptr<TorchProcess>> Start(TorchForkServer& server,
                                                     const TorchOptions& options);
  ~TorchProcess() { Stop(); }

  const TorchFacts& facts() const { return facts_; }
  bool alive() const { return alive_; }

  // `descriptor` is a CUDA allocation exported as a POSIX file descriptor, of
  // `bytes` bytes; it stays the caller's and may be closed afterwards.
  Status Lend(int64_t id, int descriptor, uint64_t bytes, bool writable);
  // Bindings over this memory go, and their members with them.
  Status Unlend(int64_t id);

  // For every timed call from here on.
  Status SweepWith(const TorchSweep& sweep);

  // Needs task.reference_torch. Forgets the bindings of the task before.
  Status SetTask(const Task& task);
  // A binding of the same name is replaced and loses its members.
  Status Bind(const TorchBinding& binding);

  Result<OracleReply> ComputeOracle(const OracleRequest& request,
                                    Milliseconds limit);
  // Builds, warms up and, where possible, captures a graph over the binding's
  // tensors. Later values in the lent inputs are seen by every Time. What is not
  // ready within `limit`, or is `unwanted` before (asked now and then), ends.
  Result<PreparedMember> Prepare(const std::string& binding,
                                 const MemberSpec& member, Milliseconds limit,
                                 const std::function<bool()>& unwanted = {});
  // One call. `outputs`, if not empty, receive its results, untimed.
  Result<TorchTime> Time(const std::string& binding, const std::string& member,
                         const TorchFlush& flush,
                         const std::vector<LentPlace>& outputs);
  // Two events with nothing between them.
  Result<TorchTime> TimeNothing();
  Result<TorchRoofs> MeasureRoofs();
  Status Drop(const std::string& binding, const std::string& member);

 private:
  TorchProcess(TorchForkServer& server, pid_t pid, Fd socket)
      : server_(server), pid_(pid), socket_(std::move(socket)) {}

  // The reply to a request that went out, or the other side's error.
  Result<Json> Receive(Milliseconds limit);
  Status Send(const Json& request);
  Result<Json> Ask(const Json& request, Milliseconds limit);
  Status Tell(const Json& request, Milliseconds limit);
  void Stop();

  TorchForkServer& server_;
  pid_t pid_;
  Fd socket_;
  TorchFacts facts_;
  bool alive_ = true;
};

}  // namespace kernelevolve::worker
