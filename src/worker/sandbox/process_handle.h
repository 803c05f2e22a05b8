// ProcessHandle: a running sandboxed program, seen from outside.
#pragma once

#include <sys/resource.h>

#include <optional>

#include "base/fd.h"
#include "worker/sandbox/cgroup.h"
#include "worker/sandbox/process_tree.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

struct ProcessParts {
  pid_t pid = -1;
  Fd pidfd;
  Fd output, errors;               // memory files
  std::unique_ptr<Cgroup> cgroup;  // null where none can be made
  SandboxLimits limits;
  // True if it cannot have other processes beside itself.
  bool single_process = true;
  // True if it is pid 1 of a namespace.
  bool first_process = true;
};

// Owned by one thread, which is the only one that may call it.
class ProcessHandle : public Sandboxed {
 public:
  explicit ProcessHandle(ProcessParts parts)
      : parts_(std::move(parts)), tree_(parts_.pid) {}
  ~ProcessHandle() override { Kill(); }

  pid_t pid() const override { return parts_.pid; }
  Status Pause() override;
  std::chrono::nanoseconds RanWhilePaused() const override;
  Status Resume() override;
  Result<std::chrono::nanoseconds> CpuTime() const override;
  Result<uint64_t> ResidentBytes() const override;
  std::string Printed() const override;
  bool Ended() override { return Reap(false); }
  ExitReport Wait(std::chrono::milliseconds limit) override;
  void Kill() override;

 private:
  // True when it is dead and the report is complete. `block` waits for that,
  // but not for ever: a task may be stuck in the kernel.
  bool Reap(bool block);
  // Takes one change of state from the kernel: 0 none, 'S' stopped, 'E' ended.
  char TakeChange();
  void Finish(int code, int status, const rusage& usage);
  std::string LimitHit() const;

  // Whether the first process has been continued, stopped or ended since Pause: its
  // parent is told of each. A busy host may charge one that has come to
  // rest for time in which it did not run.
  bool HasNews() const;
  // Stops the first process alone, with all its threads.
  Status StopFirst();

  ProcessParts parts_;
  ProcessTree tree_;
  bool ended_ = false;
  bool killed_ = false;
  bool stopped_again_ = false;  // as Reap came to know
  std::chrono::nanoseconds used_at_pause_{};  // of a single process
  ExitReport report_;
};

}  // namespace kernelevolve::worker
