// System calls that only an attack makes. The filter answers before the kernel
// looks at the arguments, so each has such as change nothing without it.
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "worker/sandbox/probes.h"

namespace kernelevolve::worker {
namespace {

bool TraceMe(const ProbeArguments&) {
  return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0;
}

bool ReadOwnMemory(const ProbeArguments&) {
  char from[] = "own", to[sizeof(from)];
  iovec source = {from, sizeof(from)}, target = {to, sizeof(to)};
  return process_vm_readv(getpid(), &target, 1, &source, 1, 0) > 0;
}

bool WriteOwnMemory(const ProbeArguments&) {
  char from[] = "own", to[sizeof(from)];
  iovec source = {from, sizeof(from)}, target = {to, sizeof(to)};
  return process_vm_writev(getpid(), &source, 1, &target, 1, 0) > 0;
}

bool Mount(const ProbeArguments&) {
  return mount("probe", "/no-such-folder", "tmpfs", 0, nullptr) == 0;
}

bool Unshare(const ProbeArguments&) { return unshare(CLONE_NEWUSER) == 0; }

bool CloneNamespace(const ProbeArguments&) {
  const pid_t child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr,
                              nullptr, nullptr, nullptr);
  if (child == 0) _exit(0);
  if (child > 0) waitpid(child, nullptr, 0);
  return child > 0;
}

bool ChangePersonality(const ProbeArguments&) {
  return personality(ADDR_NO_RANDOMIZE) >= 0;
}

bool Bpf(const ProbeArguments&) { return syscall(SYS_bpf, 0, nullptr, 0) >= 0; }

bool PerfEvent(const ProbeArguments&) {
  perf_event_attr event = {};
  event.size = sizeof(event);
  event.type = PERF_TYPE_SOFTWARE;
  event.config = PERF_COUNT_SW_TASK_CLOCK;
  event.exclude_kernel = 1;
  return syscall(SYS_perf_event_open, &event, 0, -1, -1, 0) >= 0;
}

bool UserFault(const ProbeArguments&) {
  constexpr int kUserModeOnly = 1;
  return syscall(SYS_userfaultfd, kUserModeOnly) >= 0;
}

bool IoUring(const ProbeArguments&) {
  char parameters[120] = {};
  return syscall(SYS_io_uring_setup, 1, parameters) >= 0;
}

bool Keys(const ProbeArguments&) {
  return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING,
                 1) >= 0;
}

bool CompareProcesses(const ProbeArguments&) {
  return syscall(SYS_kcmp, getpid(), getpid(), 0, 0, 0) >= 0;
}

// Of no namespace, module or kernel: refused by whoever looks at the arguments.
bool EnterNamespace(const ProbeArguments&) { return setns(-1, 0) == 0; }

bool LoadModule(const ProbeArguments&) {
  return syscall(SYS_finit_module, -1, "", 0) == 0;
}

bool LoadKernel(const ProbeArguments&) {
  constexpr unsigned long kNoSuchFlags = ~0ul;
  return syscall(SYS_kexec_load, 0, 0, nullptr, kNoSuchFlags) == 0;
}

}  // namespace

const std::vector<Probe>& AttackProbes() {
  static const std::vector<Probe> probes = {
      {"ptrace", TraceMe},
      {"process_vm_readv", ReadOwnMemory},
      {"process_vm_writev", WriteOwnMemory},
      {"mount", Mount},
      {"unshare", Unshare},
      {"clone_namespace", CloneNamespace},
      {"personality", ChangePersonality},
      {"bpf", Bpf},
      {"perf_event_open", PerfEvent},
      {"userfaultfd", UserFault},
      {"io_uring_setup", IoUring},
      {"keyctl", Keys},
      {"kcmp", CompareProcesses},
      {"setns", EnterNamespace},
      {"finit_module", LoadModule},
      {"kexec_load", LoadKernel},
  };
  return probes;
}

}  // namespace kernelevolve::worker
