// RunnerProcess: the judge's handle on one process that has one kernel loaded.
// Candidate, baseline and reference all run this way, so that what is compared
// was called alike.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "worker/run/binding.h"
#include "worker/run/failure.h"
#include "worker/run/mailbox.h"
#include "worker/run/process_state.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

struct RunnerOptions {
  fs::path worker_binary;  // bound read-only as /ke/worker
  fs::path library;        // bound read-only as /ke/kernel.so
  std::string symbol = "ke_run";
  bool optional_symbols = true;  // ke_setup, ke_workspace_bytes, ke_teardown
  std::vector<int> cpus;         // cores the kernel may use
  // True where judge and runner have a core each and may both spin.
  bool spin = true;
  // True where the judge leaves its core to the kernel's threads during a call.
  bool asleep = false;
  SandboxLimits limits;
  std::vector<std::string> environment;  // beside the sandbox's own
  // True where everything that a kernel can read of its process is to look as
  // if checking tools watched it.
  bool watched = false;
  // Trusted code may link libraries that Debian reaches by /etc/alternatives.
  bool system_libraries = false;
  // Inputs first, then outputs. Inputs may be shared between runners; all must
  // outlive this.
  std::vector<const SharedBuffer*> tensors;
  const SharedBuffer* workspace = nullptr;
};

struct CallReport {
  std::chrono::nanoseconds elapsed{};  // by the judge's clock
  std::chrono::nanoseconds claimed{};  // by the runner's
  // In which an awake process waited for the judge, which was held up or had
  // something to do before the clock ran or after it.
  std::chrono::nanoseconds judge_delay{};
  // CPU time that the process used beside the call and these: see Settle.
  std::chrono::nanoseconds early_cpu{};
  // `done` was written by somebody who did not wait for the kernel's return.
  bool done_before_return = false;
  bool fp_environment_kept = true;
};

// One thread at a time. Between calls the process is paused: it runs only from
// Arm to the end of Call, and while it answers Prepare.
class RunnerProcess {
 public:
  // The process is up and the kernel is loaded, or `failure` says why not.
  static Result<std::unique_ptr<RunnerProcess>> Start(
      Sandbox& sandbox, const RunnerOptions& options,
      std::optional<Failure>* failure);
  ~RunnerProcess();

  // Maps the tensors of one shape, runs ke_setup, asks for the workspace (at
  // most `workspace_limit` bytes) and maps it by `rule`. Constants must hold
  // their values already.
  Verdictless Prepare(const Binding& binding, PlacementRule rule,
                      uint64_t workspace_limit);
  const Placement& workspace() const { return workspace_place_; }

  // Wakes the process and waits until it listens on its core.
  Verdictless Arm();
  // One call, timed from outside; at the end the process is paused. A kernel
  // that does not return within `limit` is killed: TIMEOUT.
  // `at_return` runs when the kernel says that it is done, before it is paused.
  Verdictless Call(std::chrono::nanoseconds limit, CallReport* report,
                   MailboxCommand command = MailboxCommand::kRun,
                   const std::function<void()>& at_return = {});
  Status Pause();
  // Fills `early_cpu` of the last call. Not at once: a process that says that it
  // has stopped is charged for its last turn only when it leaves its core.
  void Settle(CallReport* report) const;

  // Lets the process sleep on its control channel for `window`. `used` is the
  // CPU time that it took meanwhile: about zero for an honest kernel.
  Verdictless IdleCpuTime(std::chrono::milliseconds window,
                          std::chrono::nanoseconds* used);

  // Whether calls have left something changed that is the caller's: a Failure says
  // what. Against how it was after the first Prepare.
  // `ask_clocks`: and whether its clock tells the system's time (process_state.h).
  Verdictless FindDamage(bool ask_clocks = true);

  pid_t pid() const { return process_->pid(); }  // as seen from here
  // Files that the process has mapped as code; empty where that is not to be
  // seen.
  std::vector<std::string> MappedCode() const;
  Result<std::chrono::nanoseconds> CpuTime() const { return process_->CpuTime(); }
  Result<uint64_t> ResidentBytes() const { return process_->ResidentBytes(); }
  // Ends the process and says why it died, if it had died by itself.
  Failure Death(const std::string& during);
  void Kill();

 private:
  RunnerProcess() = default;
  Status CreateMailbox();
  // Continues a paused process, unless it has done so itself.
  Verdictless Wake();
  Verdictless Load(const RunnerOptions& options);
  // Sends a control request and waits for its reply; a process that dies, hangs
  // or babbles is the kernel's failure.
  Verdictless Ask(const Json& request, const std::string& during, Json* reply);
  Verdictless Await(uint32_t sequence, std::chrono::nanoseconds limit);
  bool StillOwed(std::chrono::nanoseconds waited, std::chrono::nanoseconds limit);
  // Ends a process that does not return, and says what it was at.
  Failure GiveUp(std::chrono::nanoseconds limit);
  Verdictless EnterMailbox();
  Verdictless Look(ProcessState* state);
  // Whether the tensors and their guards are mapped as they were handed over.
  std::optional<std::string> FindOpenTensor(const ProcessState& now) const;
  std::optional<Failure> ExplainFault(const std::string& during) const;
  // That it wrote where only the judge or our runner may.
  std::optional<Failure> FindForgery(const std::string& during) const;
  // What an obedient kernel never does, and what no output shows.
  std::optional<Failure> FindMisdeed(const std::string& during) const;
  // With what the process has printed so far as its log.
  Failure WithOutput(Failure failure) const;

  std::unique_ptr<Sandboxed> process_;
  Fd control_;
  std::optional<SharedBuffer> mailbox_buffer_;
  Mailbox* mailbox_ = nullptr;
  bool spin_ = true;
  bool asleep_ = false;
  uint64_t memory_limit_ = 0;
  bool paused_ = false;
  bool in_mailbox_ = false;
  uint32_t sequence_ = 0;
  int64_t cores_ = 1;
  // The process's, when it was woken and when it was called.
  std::chrono::nanoseconds cpu_at_wake_{}, cpu_at_call_{};
  // The judge's, from waking to hearing it; and when it heard it.
  std::chrono::nanoseconds held_up_{};
  std::chrono::steady_clock::time_point heard_{};
  Binding binding_;
  Placement workspace_place_;
  std::vector<uint64_t> bases_;  // of each tensor's mapping in the runner
  uint64_t workspace_base_ = 0;
  int descriptors_ = 0;  // that the process was given
  std::optional<ProcessState> at_first_;
};

}  // namespace kernelevolve::worker
