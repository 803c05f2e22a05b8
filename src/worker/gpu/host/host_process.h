// HostProcess: the judge's handle on one process that runs a candidate's host
// code on the device (runners/python/ke_host), in a sandbox of its own.
//
// From the candidate's import on, all it says is a claim: it is read strictly,
// shown with care, and no verdict in the candidate's favour rests on it. It runs
// only while it is asked: between a reply and the next request it is paused, with
// all that it has started. What its device still does then is not ours to stop.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/json.h"
#include "worker/gpu/host/host_code.h"
#include "worker/gpu/host/host_launch.h"
#include "worker/gpu/launcher/kernel_process.h"

namespace kernelevolve::worker::gpu {

// What a call is made of, as the process tells it.
struct HostClaims {
  std::vector<std::string> operations;  // of torch that compute
  int64_t launches = 0;                 // of Triton kernels, so far
  bool extension = false;               // it has compiled C++ or CUDA
};

// One candidate, one thread. Memory is lent before the first request that needs
// the candidate. The destructor kills it with all that it has started.
class HostProcess : public KernelProcess {
 public:
  // Takes seconds where none has been started ahead. kMissing where the device
  // cannot be worked from inside the sandbox, which no candidate has seen by
  // then. `watched`: it is to look as if checking tools watched it. `task`
  // outlives it.
  static Result<std::unique_ptr<HostProcess>> Start(HostSpare& spare,
                                                    const Task& task,
                                                    HostCode code, bool watched);

  bool usable() const override { return usable_; }
  bool may_write_inputs() const override { return true; }
  // `descriptor` stays the caller's.
  Status Lend(int64_t id, int descriptor, uint64_t bytes, bool writable);

  // How many bytes of workspace the candidate asks for at a shape.
  Verdictless AskWorkspace(const KernelCall& call, uint64_t* bytes);
  // Runs the candidate twice and tries to capture it in a graph.
  Verdictless Prepare(const KernelCall& call, BindReport* report) override;
  Verdictless Run(std::chrono::nanoseconds limit, double* host_ns) override;
  Verdictless RunAsUsed(std::chrono::nanoseconds limit, double* host_ns) override;
  Verdictless RunThen(std::chrono::nanoseconds limit, const AtReply& at_reply,
                      double* host_ns) override;
  Verdictless LetRun(std::chrono::nanoseconds time) override;
  Verdictless Time(const TimeRequest& request, std::chrono::nanoseconds limit,
                   std::vector<TimeSample>* samples) override;
  // From here on the candidate's own kernels are not launched. Before anything
  // else of it, so that it has nothing to keep of them: no answer, no graph.
  Verdictless LeaveOutKernels();
  // Without its kernels: a call, and then what torch computed `number`th from the
  // last in the place of the only output. Which operation did; "" where there is no
  // such result.
  Verdictless StandIn(int number, std::chrono::nanoseconds limit,
                      std::string* operation);
  // With them again: whether the output is that result, whatever stands in it.
  Verdictless Copies(int number, std::chrono::nanoseconds limit, bool* copied);
  const HostClaims& claims() const { return claims_; }

 private:
  HostProcess(const Task& task, HostCode code, Fd channel,
              std::unique_ptr<Sandboxed> process)
      : task_(task), code_(std::move(code)), channel_(std::move(channel)),
        process_(std::move(process)) {}

  // Imports the candidate, once.
  Verdictless Load();
  Verdictless Ask(const Json& request, std::chrono::nanoseconds limit,
                  Json* reply, const AtReply& at_reply = nullptr);
  // Nothing of it runs between Rest and Wake. ASYNC_ESCAPE where something did.
  Status Rest();
  Verdictless Wake();
  Failure Death(const Error& error, std::chrono::nanoseconds limit);
  // One call; `plain`: of the host code itself.
  Verdictless CallOnce(bool plain, std::chrono::nanoseconds limit,
                       const AtReply& at_reply, double* host_ns);
  Json BindingOf(const char* command, const KernelCall& call) const;

  const Task& task_;
  const HostCode code_;
  Fd channel_;
  std::unique_ptr<Sandboxed> process_;
  HostClaims claims_;
  bool usable_ = true, loaded_ = false, asks_for_workspace_ = false;
  bool paused_ = true;
};

}  // namespace kernelevolve::worker::gpu
