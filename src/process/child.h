// Child: one child process, started from an argument vector (never a shell) and
// watched until it is gone.
//
// Each child leads its own process group, so that a terminal's Ctrl-C reaches
// only us and a kill reaches whatever it started. It is told to die with the
// thread that started it (PR_SET_PDEATHSIG): start long-lived children from a
// thread that lives at least as long.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/file.h"
#include "base/result.h"
#include "base/stop.h"

namespace kernelevolve {

struct ChildSpec {
  std::vector<std::string> argv;  // argv[0] with a slash, or looked up in PATH
  // Set on top of ours.
  std::map<std::string, std::string> environment;
  fs::path working_folder;  // "" = ours
  bool pipe_input = false;  // else /dev/null
  // Standard output goes to a pipe; /dev/null if false.
  bool pipe_output = true;
  // Where standard error goes: appended to this file, or with "" to a pipe.
  fs::path error_log;
  // A descriptor of ours (above 2) that becomes the child's descriptor 3; -1 =
  // none. Ours stays open.
  int passed = -1;
};

// How a child ended.
struct ChildExit {
  bool exited = false;  // else it died of `signal`
  int exit_code = 0;
  int signal = 0;

  bool ok() const { return exited && exit_code == 0; }
  std::string ToString() const;  // "exit code 1", "signal 9 (Killed)"
};

// Owned and used by one thread at a time. The destructor kills the whole group
// and reaps the child: no process and no zombie outlives its Child.
class Child {
 public:
  using Milliseconds = std::chrono::milliseconds;

  // kMissing where the program does not exist or may not be run.
  static Result<Child> Start(const ChildSpec& spec);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  pid_t pid() const { return pid_; }            // -1 once it has been reaped
  int input() const { return input_.get(); }    // our end of its stdin
  int output() const { return output_.get(); }  // our end of its stdout
  int errors() const { return errors_.get(); }  // our end of its stderr
  void CloseInput() { input_.Reset(); }

  // Waits at most `limit`; nullopt if it still runs. Once it has ended, what is
  // left of its group is killed, and every call answers the same.
  std::optional<ChildExit> Wait(Milliseconds limit);
  // SIGKILL to the group, then reaps. Idempotent.
  ChildExit Kill();
  // SIGTERM, then SIGKILL once `grace` is over.
  ChildExit Terminate(Milliseconds grace);

 private:
  Child() = default;
  void Signal(int signal);
  void Reap();

  pid_t pid_ = -1;  // -1 once reaped
  Fd pidfd_, input_, output_, errors_;
  std::optional<ChildExit> exit_;
};

}  // namespace kernelevolve
