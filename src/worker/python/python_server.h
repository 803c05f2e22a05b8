// PythonServer: a Python program of runners/python that serves requests from
// inside a sandbox, where it may fork and run candidates, and has no network,
// no device and nothing of ours but its own source.
//
// Owned by one thread. It is started at the first request and again after a
// death; a machine without the interpreter is found out then.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/json.h"
#include "base/result.h"
#include "base/stop.h"
#include "worker/python/python_environment.h"
#include "worker/run/failure.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

struct PythonServerOptions {
  fs::path runners;  // holds the script and its packages; bound read-only
  std::string script;                  // a file in `runners`
  std::vector<std::string> arguments;  // after "--fd 3"
  SandboxLimits limits;
  // Imports and first compilations; a cold disk needs most of it.
  std::chrono::seconds start_limit{180};
};

class PythonServer {
 public:
  // `sandbox` and `stop` must outlive this.
  PythonServer(Sandbox& sandbox, PythonServerOptions options,
               const StopCondition& stop);
  ~PythonServer();

  // Sends a request and waits for the answer. Failure: the server died or kept
  // silent meanwhile, which is the candidate's doing. kMissing: no interpreter.
  Verdictless Ask(const Json& request, std::chrono::milliseconds limit,
                  Json* reply);

  bool running() const { return process_ != nullptr; }
  const Json& greeting() const { return greeting_; }

 private:
  Status Start();
  Status Greet();
  SandboxSpec Spec(const PythonEnvironment& python) const;
  Failure Death();
  void Stop();

  Sandbox* sandbox_;
  PythonServerOptions options_;
  const StopCondition* stop_;
  std::optional<PythonEnvironment> python_;
  std::unique_ptr<Sandboxed> process_;
  Fd channel_;
  Json greeting_;
};

}  // namespace kernelevolve::worker
