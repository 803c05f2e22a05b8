#include "process/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <thread>

#include "base/check.h"
#include "base/format.h"
#include "base/text.h"
#include "process/find_program.h"

namespace kernelevolve {
namespace {

using std::chrono::steady_clock;

struct Pipe {
  Fd read, write;
};

Result<Pipe> MakePipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return SystemError("cannot make a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

std::vector<std::string> MergedEnvironment(
    const std::map<std::string, std::string>& added) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    if (!added.count(std::string(text.substr(0, text.find('=')))))
      merged.emplace_back(text);
  }
  for (const auto& [name, value] : added) merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Everything the child needs between fork and exec, made beforehand: there it
// may call nothing that allocates or locks.
struct Launch {
  const char* program;
  char* const* argv;
  char* const* envp;
  const char* working_folder;  // null = ours
  int input, output, errors;   // become 0, 1, 2
  int passed;                  // becomes 3; -1 = none
  int failure;                 // takes errno if exec does not happen
  pid_t parent;
};

// Makes `passed` descriptor 3, which exec keeps; moves `failure` if it is there.
bool Pass(int passed, int& failure) {
  if (failure == 3) failure = ::fcntl(failure, F_DUPFD_CLOEXEC, 4);
  if (passed != 3) return ::dup2(passed, 3) == 3;
  return ::fcntl(passed, F_SETFD, 0) == 0;
}

[[noreturn]] void RunChild(const Launch& launch) {
  int failure = launch.failure;
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the line above.
  if (::getppid() != launch.parent) ::_exit(127);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  const bool ready =
      ::dup2(launch.input, 0) >= 0 && ::dup2(launch.output, 1) >= 0 &&
      ::dup2(launch.errors, 2) >= 0 &&
      (launch.passed < 0 || Pass(launch.passed, failure)) &&
      (!launch.working_folder || ::chdir(launch.working_folder) == 0);
  // Libraries may hold descriptors that are not close-on-exec.
  ::syscall(SYS_close_range, launch.passed < 0 ? 3u : 4u, ~0u,
            4u /* CLOSE_RANGE_CLOEXEC */);
  if (ready) ::execve(launch.program, launch.argv, launch.envp);
  const int error = errno;
  [[maybe_unused]] const ssize_t put =
      ::write(failure, &error, sizeof error);
  ::_exit(127);
}

// Waits for exec: the failure pipe closes on success, or brings errno.
Status AwaitExec(const Fd& failure, const std::string& program) {
  int error = 0;
  ssize_t got;
  do {
    got = ::read(failure.get(), &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return {};
  const auto code = error == ENOENT || error == EACCES || error == ENOEXEC
                        ? ErrorCode::kMissing
                        : ErrorCode::kInfrastructure;
  return Fail(code, format("cannot run {}: {}", program, ::strerror(error)));
}

ChildExit FromStatus(int status) {
  ChildExit exit;
  exit.exited = WIFEXITED(status);
  if (exit.exited) exit.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) exit.signal = WTERMSIG(status);
  return exit;
}

Result<Fd> OpenNull(int flags) {
  Fd fd(::open("/dev/null", flags | O_CLOEXEC));
  if (!fd) return SystemError("cannot open /dev/null");
  return fd;
}

Result<Fd> OpenLog(const fs::path& path) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd) return SystemError(format("cannot open {}", path.string()));
  return fd;
}

// Both ends of the three standard streams.
struct Streams {
  Fd child_input, child_output, child_errors;
  Fd input, output, errors;
};

Result<Streams> OpenStreams(const ChildSpec& spec) {
  Streams streams;
  if (spec.pipe_input) {
    ASSIGN_OR_RETURN(Pipe pipe, MakePipe());
    streams.child_input = std::move(pipe.read);
    streams.input = std::move(pipe.write);
  } else {
    ASSIGN_OR_RETURN(streams.child_input, OpenNull(O_RDONLY));
  }
  if (spec.pipe_output) {
    ASSIGN_OR_RETURN(Pipe pipe, MakePipe());
    streams.output = std::move(pipe.read);
    streams.child_output = std::move(pipe.write);
  } else {
    ASSIGN_OR_RETURN(streams.child_output, OpenNull(O_WRONLY));
  }
  if (spec.error_log.empty()) {
    ASSIGN_OR_RETURN(Pipe pipe, MakePipe());
    streams.errors = std::move(pipe.read);
    streams.child_errors = std::move(pipe.write);
  } else {
    ASSIGN_OR_RETURN(streams.child_errors, OpenLog(spec.error_log));
  }
  return streams;
}

}  // namespace

std::string ChildExit::ToString() const {
  if (exited) return format("exit code {}", exit_code);
  return format("signal {} ({})", signal, ::strsignal(signal));
}

Result<Child> Child::Start(const ChildSpec& spec) {
  CHECK(!spec.argv.empty());
  CHECK(spec.passed < 0 || spec.passed > 2);
  ASSIGN_OR_RETURN(const std::string program, FindProgram(spec.argv[0]));
  ASSIGN_OR_RETURN(Streams streams, OpenStreams(spec));
  ASSIGN_OR_RETURN(Pipe failure, MakePipe());
  std::vector<std::string> arguments = spec.argv;
  std::vector<std::string> environment = MergedEnvironment(spec.environment);
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<char*> envp = Pointers(environment);
  const Launch launch{
      program.c_str(),
      argv.data(),
      envp.data(),
      spec.working_folder.empty() ? nullptr : spec.working_folder.c_str(),
      streams.child_input.get(),
      streams.child_output.get(),
      streams.child_errors.get(),
      spec.passed,
      failure.write.get(),
      ::getpid()};
  const pid_t pid = ::fork();
  if (pid < 0) return SystemError("cannot start a process");
  if (pid == 0) RunChild(launch);
  ::setpgid(pid,
            pid);  // whoever is first; so a kill right away finds the group
  failure.write.Reset();
  Child child;
  child.pid_ = pid;
  child.pidfd_.Reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  child.input_ = std::move(streams.input);
  child.output_ = std::move(streams.output);
  child.errors_ = std::move(streams.errors);
  RETURN_IF_ERROR(AwaitExec(failure.read, program));
  return child;
}

Child::Child(Child&& other) noexcept { *this = std::move(other); }

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  Kill();
  pid_ = std::exchange(other.pid_, -1);
  exit_ = std::exchange(other.exit_, std::nullopt);
  pidfd_ = std::move(other.pidfd_);
  input_ = std::move(other.input_);
  output_ = std::move(other.output_);
  errors_ = std::move(other.errors_);
  return *this;
}

Child::~Child() { Kill(); }

// Sleeps until the child may have ended, or for `limit`.
static void SleepOn(int pidfd, Child::Milliseconds limit) {
  if (pidfd < 0) {  // a kernel without pidfd_open: poll
    std::this_thread::sleep_for(std::min(limit, Child::Milliseconds(2)));
    return;
  }
  pollfd entry{pidfd, POLLIN, 0};
  ::poll(&entry, 1, static_cast<int>(std::min<int64_t>(limit.count(), 60'000)));
}

// True once the leader has ended; it stays a zombie, so that its number and its
// group's cannot be handed out again.
static bool HasEnded(pid_t pid) {
  siginfo_t info{};
  const int got = ::waitid(P_PID, static_cast<id_t>(pid), &info,
                           WEXITED | WNOHANG | WNOWAIT);
  return got == 0 ? info.si_pid == pid : errno == ECHILD;
}

std::optional<ChildExit> Child::Wait(Milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  while (pid_ > 0 && !HasEnded(pid_)) {
    const auto left =
        std::chrono::ceil<Milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    SleepOn(pidfd_.get(), left);
  }
  if (pid_ > 0) Reap();
  return exit_;
}

void Child::Signal(int signal) {
  if (pid_ > 0) ::kill(-pid_, signal);
}

void Child::Reap() {
  Signal(SIGKILL);  // whatever the leader left behind
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_ = FromStatus(status);
  pid_ = -1;
  pidfd_.Reset();
}

ChildExit Child::Kill() {
  if (pid_ > 0) {
    Signal(SIGKILL);
    Reap();
  }
  return exit_.value_or(ChildExit{});
}

ChildExit Child::Terminate(Milliseconds grace) {
  Signal(SIGTERM);
  Wait(grace);
  return Kill();
}

}  // namespace kernelevolve
