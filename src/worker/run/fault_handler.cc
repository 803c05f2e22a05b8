#include "worker/run/fault_handler.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <iterator>

namespace kernelevolve::worker {
namespace {

// A signal handler has no other way to find it; set once, before any kernel is
// loaded, in a process that serves one judge.
Mailbox* fault_mailbox = nullptr;

void OnFault(int signal, siginfo_t* info, void* context) {
  constexpr uint64_t kPageFaultWrite = 2;
  const auto* user = static_cast<const ucontext_t*>(context);
  const auto error = static_cast<uint64_t>(user->uc_mcontext.gregs[REG_ERR]);
  fault_mailbox->fault_address = reinterpret_cast<uint64_t>(info->si_addr);
  fault_mailbox->fault_was_write = (error & kPageFaultWrite) != 0;
  fault_mailbox->fault_signal = signal;
  _exit(128 + signal);
}

// KeepFaultHandler's filter sends who takes one of its signals here, in the call's
// place.
void OnRefused(int, siginfo_t* info, void* context) {
  constexpr int kBySeccomp = 1;  // SYS_SECCOMP, which the C library does not name
  if (info->si_code != kBySeccomp) return;  // somebody's signal, and no call
  fault_mailbox->handlers_taken.fetch_add(1);
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RAX] = -EPERM;
}

}  // namespace

void InstallFaultHandler(Mailbox* mailbox) {
  fault_mailbox = mailbox;
  static char stack[64 << 10];  // a kernel may have overrun its own
  const stack_t alternate{stack, 0, sizeof stack};
  sigaltstack(&alternate, nullptr);
  struct sigaction action {};
  action.sa_sigaction = OnFault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP})
    sigaction(signal, &action, nullptr);
  action.sa_sigaction = OnRefused;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSYS, &action, nullptr);
}

void KeepFaultHandler() {
  constexpr auto kNumber = static_cast<uint32_t>(offsetof(seccomp_data, nr));
  constexpr auto kFirst = static_cast<uint32_t>(offsetof(seccomp_data, args));
  constexpr uint32_t kDeny = SECCOMP_RET_ERRNO | EPERM;
  // Little-endian: the low half of an argument comes first. The second argument
  // of rt_sigaction is null where it only asks.
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),                          // 0
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigaction, 0, 8),          // else 10
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFirst),                           // 2
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIGSEGV, 2, 0),                   // 6, 4
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIGBUS, 1, 0),                    // 6, 5
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIGSYS, 0, 9),                    // 6, 15
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFirst + 8),                       // 6
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 5),                         // 8, 13
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFirst + 12),                      // 8
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 5, 3),                         // 15, 13
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 4),                 // 11, 15
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFirst),                           // 11
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 1, 2),            // 14, 15
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),                          // 13
      BPF_STMT(BPF_RET | BPF_K, kDeny),                                     // 14
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),                         // 15
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(code)), code};
  (void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

}  // namespace kernelevolve::worker
