#include "worker/sandbox/launch.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/format.h"
#include "worker/sandbox/cgroup_files.h"
#include "worker/sandbox/kernel_calls.h"

namespace kernelevolve::worker {
namespace {

constexpr int kReportTimeoutMs = 10000;

struct Pipe {
  Fd read, write;
};

Result<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("cannot make a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

uint64_t NamespaceFlags(const LayerSet& layers) {
  uint64_t flags = 0;
  if (layers.user) flags |= CLONE_NEWUSER;
  if (layers.pid) flags |= CLONE_NEWPID;
  if (layers.mount) flags |= CLONE_NEWNS;
  if (layers.network) flags |= CLONE_NEWNET;
  if (layers.ipc) flags |= CLONE_NEWIPC;
  if (layers.uts) flags |= CLONE_NEWUTS;
  return flags;
}

struct CloneResult {
  pid_t pid = -1;
  int pidfd = -1;
  int error = 0;
};

// Two ways: clone3 can put the child into a v2 cgroup at birth, which spares
// the lock of a later move; filters of container engines may hide it.
CloneResult CloneChild(uint64_t flags, int cgroup) {
  CloneResult result;
  clone_args arguments = {};
  arguments.flags = flags | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<uint64_t>(&result.pidfd);
  arguments.exit_signal = SIGCHLD;
  if (cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = cgroup;
  }
  result.pid = kernel::Clone3(arguments);
  if (result.pid >= 0 || errno != ENOSYS) {
    result.error = errno;
    return result;
  }
  result.pid = syscall(SYS_clone, flags | CLONE_PIDFD | SIGCHLD, nullptr,
                       &result.pidfd, nullptr, nullptr);
  result.error = errno;
  const std::string text = std::to_string(result.pid);
  if (result.pid > 0 && cgroup >= 0) {
    const Fd procs(openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC));
    (void)!write(procs.get(), text.data(), text.size());
  }
  return result;
}

// Signals are held back until the child has put its own handlers away.
CloneResult CloneQuietly(ChildPlan& plan, int cgroup) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const CloneResult result = CloneChild(NamespaceFlags(plan.layers), cgroup);
  if (result.pid == 0) RunChild(plan);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return result;
}

// What a person can do about it.
const char* Remedy(std::string_view step, int error) {
  const bool denied = error == EPERM || error == EACCES;
  if (step.starts_with("user namespace") || step.starts_with("clone"))
    return "user namespaces are not allowed here; allow them with `sysctl -w "
           "user.max_user_namespaces=10000` (on Debian also "
           "kernel.unprivileged_userns_clone=1, on Ubuntu "
           "kernel.apparmor_restrict_unprivileged_userns=0), or in a container "
           "with `--security-opt seccomp=unconfined`";
  if (step.starts_with("mount") && denied)
    return "mounting inside a user namespace is not allowed here; on Ubuntu "
           "`sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, in a "
           "container `--security-opt apparmor=unconfined`";
  if (step.starts_with("mount") && error == ENOSYS)
    return "this needs Linux 5.12 or newer";
  if (step.starts_with("seccomp"))
    return "the kernel needs CONFIG_SECCOMP_FILTER";
  return nullptr;
}

tl::unexpected<Error> StepFailed(const std::string& step, int error) {
  std::string message = format("sandbox: {}: {}", step, std::strerror(error));
  const char* remedy = Remedy(step, error);
  if (!remedy) return Broken(std::move(message));
  return Missing(format("{}; {}", message, remedy));
}

// Empty failure: the pipe closed without a word, as exec does.
Result<ChildFailure> AwaitReport(int report) {
  pollfd end = {report, POLLIN, 0};
  int count;
  do {
    count = poll(&end, 1, kReportTimeoutMs);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return Broken("sandbox: the child does not answer");
  ChildFailure failure;
  if (read(report, &failure, sizeof(failure)) < 0)
    return SystemError("sandbox: the child's report");
  failure.step[sizeof(failure.step) - 1] = '\0';
  return failure;
}

void Discard(const StartedChild& child) {
  kernel::SignalProcess(child.pidfd.get(), SIGKILL);
  while (waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Status LetGo(const ChildPlan& plan, const StartedChild& child, int go,
             int report) {
  if (plan.layers.user)
    RETURN_IF_ERROR(WriteIdentityMaps(child.pid, plan.identity));
  if (write(go, "", 1) != 1) return SystemError("sandbox: the child is gone");
  ASSIGN_OR_RETURN(const ChildFailure failure, AwaitReport(report));
  if (failure.step[0] != '\0') return StepFailed(failure.step, failure.error);
  return {};
}

}  // namespace

Result<StartedChild> StartChild(ChildPlan& plan, const Cgroup* cgroup,
                                LaunchThread& thread) {
  ASSIGN_OR_RETURN(Pipe go, MakePipe());
  ASSIGN_OR_RETURN(Pipe report, MakePipe());
  plan.go = go.read.get();
  plan.report = report.write.get();
  plan.scratch.resize(plan.descriptors.size());
  if (cgroup) plan.cgroup_files = cgroup->JoinFiles();
  const int birth = cgroup ? cgroup->BirthFolder() : -1;
  CloneResult clone;
  thread.Run([&] { clone = CloneQuietly(plan, birth); });
  if (clone.pid < 0) return StepFailed("clone of namespaces", clone.error);
  StartedChild child{clone.pid, Fd(clone.pidfd)};
  go.read.Reset();
  report.write.Reset();
  const Status started = LetGo(plan, child, go.write.get(), report.read.get());
  if (started) return child;
  Discard(child);
  return tl::unexpected<Error>(started.error());
}

}  // namespace kernelevolve::worker
