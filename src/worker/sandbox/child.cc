#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "worker/sandbox/child_mounts.h"
#include "worker/sandbox/child_plan.h"
#include "worker/sandbox/child_report.h"
#include "worker/sandbox/kernel_calls.h"

namespace kernelevolve::worker {
namespace {

// The parent works for a millisecond before it says go. If it dies meanwhile
// and a sibling holds the other end of the pipe, this ends the wait.
constexpr int kGoTimeoutMs = 10000;

void DieWithParent(const ChildPlan& plan) {
  Must(plan, prctl(PR_SET_PDEATHSIG, SIGKILL), "parent-death signal");
}

// The parent's handlers are code of the parent; exec would reset them, but a
// signal might come first.
void ResetSignals() {
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number)
    sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void AwaitGo(const ChildPlan& plan) {
  pollfd go = {plan.go, POLLIN, 0};
  char byte;
  if (poll(&go, 1, kGoTimeoutMs) != 1 || read(plan.go, &byte, 1) != 1)
    _exit(127);  // the parent is gone or gave up
}

void JoinCgroups(const ChildPlan& plan) {
  for (int file : plan.cgroup_files)
    Must(plan, write(file, "0", 1), "cgroup: cannot join");
  if (plan.layers.cgroup_namespace)
    Must(plan, unshare(CLONE_NEWCGROUP), "cgroup namespace");
}

// Raw calls: the library's would try to switch all threads of a process whose
// other threads this copy does not have.
void SwitchIdentity(const ChildPlan& plan) {
  const unsigned id = plan.identity.inside;
  if (plan.identity.throw_away)
    Must(plan, syscall(SYS_setgroups, 0, nullptr), "user namespace: setgroups");
  Must(plan, syscall(SYS_setresgid, id, id, id), "user namespace: setresgid");
  Must(plan, syscall(SYS_setresuid, id, id, id), "user namespace: setresuid");
  // Changing ids clears it.
  DieWithParent(plan);
}

void SetLimits(const ChildPlan& plan) {
  if (!plan.cpus.empty())
    Must(plan,
         syscall(SYS_sched_setaffinity, 0,
                 plan.cpus.size() * sizeof(plan.cpus[0]), plan.cpus.data()),
         "cpu affinity");
  for (const ResourceLimit& limit : plan.rlimits)
    Must(
        plan,
        setrlimit(static_cast<__rlimit_resource>(limit.resource), &limit.value),
        "rlimits");
}

// Every wanted descriptor goes to a free high number first, so that no move
// overwrites one still to be moved.
void ArrangeDescriptors(ChildPlan& plan) {
  const int count = static_cast<int>(plan.descriptors.size());
  for (int i = 0; i < count; ++i)
    plan.scratch[i] =
        Must(plan, fcntl(plan.descriptors[i], F_DUPFD_CLOEXEC, count + 1),
             "descriptors: cannot duplicate");
  const int report =
      Must(plan, fcntl(plan.report, F_DUPFD_CLOEXEC, count + 1), "descriptors");
  for (int i = 0; i < count; ++i)
    Must(plan, dup2(plan.scratch[i], i), "descriptors: dup2");
  plan.report = Must(plan, dup3(report, count, O_CLOEXEC), "descriptors: dup3");
  if (plan.layers.descriptors)
    Must(plan, kernel::CloseRange(count + 1, ~0u),
         "descriptors: close_range (needs Linux 5.9)");
}

void DropCapabilities(const ChildPlan& plan) {
  for (int capability = 0; capability < 64; ++capability)
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL)
      FailChild(plan, "capabilities: cannot drop the bounding set");
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  Must(plan, syscall(SYS_capset, &header, none), "capabilities: capset");
}

// Speculation stays as it is for other programs: the kernel's default for
// filtered ones can slow stores down and would falsify every time taken.
void InstallFilter(const ChildPlan& plan) {
  sock_fprog program = {static_cast<unsigned short>(plan.filter.size()),
                        const_cast<sock_filter*>(plan.filter.data())};
  Must(plan,
       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
               SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program),
       "seccomp: cannot load the filter");
}

// The path, at the one address from which the filter lets exec through.
const char* PlaceProgramPath(const ChildPlan& plan) {
  if (plan.exec_address == 0) return plan.program;
  void* page = mmap(reinterpret_cast<void*>(plan.exec_address), 4096,
                    PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (page == MAP_FAILED) FailChild(plan, "exec: cannot place the path");
  return strncpy(static_cast<char*>(page), plan.program, 4095);
}

}  // namespace

void FailChild(const ChildPlan& plan, const char* step, const char* subject) {
  ChildFailure failure;
  failure.error = errno;
  constexpr size_t kLast = sizeof(failure.step) - 1;
  strncpy(failure.step, step, kLast);
  if (subject) strncat(failure.step, subject, kLast - strlen(failure.step));
  (void)!write(plan.report, &failure, sizeof(failure));
  _exit(127);
}

void RunChild(ChildPlan& plan) {
  DieWithParent(plan);
  ResetSignals();
  AwaitGo(plan);
  JoinCgroups(plan);
  umask(022);
  if (plan.layers.mount) CloneBinds(plan);
  if (plan.layers.user) SwitchIdentity(plan);
  if (plan.layers.mount) EnterNewRoot(plan);
  if (plan.layers.uts)
    Must(plan, sethostname("sandbox", 7), "uts namespace: sethostname");
  setsid();
  if (plan.program || plan.layers.mount)
    Must(plan, chdir(plan.working_folder), "cannot enter the working folder ",
         plan.working_folder);
  ArrangeDescriptors(plan);
  const char* path = plan.program ? PlaceProgramPath(plan) : nullptr;
  SetLimits(plan);
  if (plan.layers.capabilities) DropCapabilities(plan);
  if (plan.layers.no_new_privileges || plan.layers.seccomp)
    Must(plan, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
  if (plan.layers.seccomp) InstallFilter(plan);
  if (!path) _exit(0);
  syscall(SYS_execve, path, plan.argv.data(), plan.environment.data());
  FailChild(plan, "exec of ", plan.program);
}

}  // namespace kernelevolve::worker
