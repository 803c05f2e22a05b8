// Sandbox: runs one untrusted program inside namespaces, seccomp, rlimits and a
// cgroup that this process makes itself; no helper program is needed.
//
// The layers are those of docs/judge.md: user, pid, mount, net, ipc, uts and
// cgroup namespaces; a read-only root that holds the toolchain or the run-time
// libraries and nothing of ours; a private tmpfs as /tmp; an allow-listed
// environment; no_new_privs and no capabilities; a seccomp filter; limits. The
// started program is pid 1 of its namespace, so killing it kills all.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace kernelevolve::worker {

// What a filter lets through beside plain computing.
enum class SyscallProfile {
  kBuild,  // compilers: fork and exec allowed
  kRun,    // candidates: threads, no other processes; attacks kill (SIGSYS)
  // Candidates that work a GPU: as kBuild, and whatever a device's driver is
  // asked for, and messages over sockets that it was given.
  kDevice,
};

struct SandboxLimits {
  uint64_t memory_bytes = 4ull << 30;
  uint64_t file_bytes = 64ull << 20;  // largest file it may write
  uint64_t tmpfs_bytes = 256ull << 20;
  int tasks = 64;  // threads and processes together
  int cpu_seconds = 60;
  int open_files = 256;
  uint64_t output_bytes = 256 << 10;  // stdout and stderr kept, each; the
                                      // rest is read and dropped
};

struct SandboxBind {
  fs::path host;
  fs::path inside;
  bool writable = false;
};

struct SandboxSpec {
  std::vector<std::string> argv;  // argv[0]: path inside
  std::vector<std::string> environment = {"PATH=/usr/bin", "HOME=/tmp",
                                          "TMPDIR=/tmp", "LANG=C.UTF-8"};
  // Beside the read-only system folders (kRun: libraries only; else all of
  // /usr).
  std::vector<SandboxBind> binds;
  std::string working_folder = "/tmp";
  SandboxLimits limits;
  SyscallProfile profile = SyscallProfile::kRun;
  // Descriptors it inherits, as 3, 4, …; everything else is closed.
  std::vector<int> descriptors;
  std::vector<int> cpus;  // affinity; empty = all
};

struct ExitReport {
  bool exited = false;  // else it died of `signal`
  int exit_code = 0;
  int signal = 0;
  // The kernel ended it, or refused it, for a limit: "memory", "tasks",
  // "cpu time", "" otherwise. First cause wins.
  std::string limit;
  bool timed_out = false;  // we killed it at the caller's deadline
  double cpu_seconds = 0;
  uint64_t peak_bytes = 0;
  std::string output, errors;  // raw: sanitise before showing
};

// A running program. Owned by one thread. The destructor kills whatever still
// lives, and waits for it.
class Sandboxed {
 public:
  virtual ~Sandboxed() = default;

  virtual pid_t pid() const = 0;  // as seen from here
  // Stops every task of the program, processes that it has started as well, and
  // returns once none runs; Resume undoes it. A few tens of microseconds: called
  // after each timed call.
  virtual Status Pause() = 0;
  // What its tasks have used of the CPU since Pause returned, though they were
  // stopped: more than some microseconds means that it continued itself. Zero
  // while it is not paused.
  virtual std::chrono::nanoseconds RanWhilePaused() const = 0;
  virtual Status Resume() = 0;
  // CPU time of all its tasks together so far.
  virtual Result<std::chrono::nanoseconds> CpuTime() const = 0;
  virtual Result<uint64_t> ResidentBytes() const = 0;
  // What it has written so far, first to stderr, then to stdout. Raw: sanitise
  // before showing.
  virtual std::string Printed() const = 0;
  // True if it has ended (does not block).
  virtual bool Ended() = 0;
  // Waits at most `limit`, then kills. Idempotent.
  virtual ExitReport Wait(std::chrono::milliseconds limit) = 0;
  virtual void Kill() = 0;
};

struct SandboxOptions {
  // Runs without any layer but rlimits; the caller marks every result. Inside
  // paths of binds that stand in argv become host paths.
  bool unsafe_no_sandbox = false;
  // For tests of the self-test only: names of layers.h to run without.
  std::vector<std::string> leave_out;
};

// How the layers were made on this machine, for `doctor` and the self-test.
struct SandboxFacts {
  // "cgroup v2 at /sys/fs/cgroup/…", or why there is none and what stands in.
  std::string memory_limit;
  std::string task_limit;
  // False where only an rlimit stands in: it counts less.
  bool memory_by_cgroup = false;
  bool tasks_by_cgroup = false;
  // "host uid 1879049341", or why it is no other than our own.
  std::string identity;
};

// Makes sandboxes. One per worker process; Launch may be called from any
// thread.
class Sandbox {
 public:
  virtual ~Sandbox() = default;
  virtual Result<std::unique_ptr<Sandboxed>> Launch(
      const SandboxSpec& spec) = 0;
  virtual SandboxFacts facts() const { return {}; }
};

// Finds out which cgroup version and namespaces this machine offers. kMissing
// says which layer cannot be made and what would allow it.
Result<std::unique_ptr<Sandbox>> MakeSandbox(const SandboxOptions& options);

}  // namespace kernelevolve::worker
