// TorchForkServer: a process that has imported PyTorch and its compiler and
// forks a TorchProcess in no time (runners/python/ke_torch/fork_server.py).
// Trusted, as they are, and never on a device itself.
//
// Owned by the judge of a device, which it outlives by nothing: its children
// die with it. It dies with the thread that started it.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/fd.h"
#include "base/file.h"
#include "base/json.h"
#include "base/result.h"
#include "process/child.h"

namespace kernelevolve::worker {

class TorchForkServer {
 public:
  // What a forked server runs with.
  struct Spec {
    fs::path folder, log;  // its working folder; standard error is appended
    std::string device;
    std::map<std::string, std::string> environment;  // on top of ours
  };

  // Returns at once: the first Fork waits for the imports. `python` is an
  // interpreter with PyTorch (process/find_python.h); `log` takes what is said
  // before a fork.
  static Result<std::unique_ptr<TorchForkServer>> Start(const fs::path& python,
                                                        const fs::path& log);

  // False once a fork has failed for want of the process.
  bool alive() const { return alive_; }

  // A server on `socket`, of which the caller keeps, or closes, its own copy.
  // Thread-safe. kInfrastructure once the process is gone.
  Result<pid_t> Fork(const Spec& spec, int socket);
  // Kills it with its helpers. Thread-safe.
  void End(pid_t pid);

 private:
  TorchForkServer(fs::path log, Child child, Fd socket)
      : log_(std::move(log)), child_(std::move(child)),
        socket_(std::move(socket)) {}
  Result<Json> Receive();
  tl::unexpected<Error> Lost(const Error& error);

  const fs::path log_;
  std::mutex mutex_;
  Child child_;
  Fd socket_;
  std::atomic<bool> alive_ = true;
};

}  // namespace kernelevolve::worker
