#include "worker/run/fault_handler.h"

#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

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
}

}  // namespace kernelevolve::worker
