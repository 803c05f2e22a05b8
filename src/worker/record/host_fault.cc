#include "worker/record/host_fault.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "worker/record/fake_addresses.h"

namespace kernelevolve::worker {
namespace {

// A signal handler has no other way to find it; set once, before any kernel is
// loaded.
int answer_fd = -1;

// Neither allocates nor locks: what died may have held a lock.
int Explain(char* out, size_t size, int signal, uint64_t address) {
  constexpr const char* kKinds[] = {"input:", "output:", "workspace",
                                      "allocation:", "variable:"};
  using Kind = BufferRef::Kind;
  const bool memory = signal == SIGSEGV || signal == SIGBUS;
  const auto near = memory ? BufferNear(address) : std::nullopt;
  if (!near)
    return snprintf(out, size, "died of SIG%s while its launches were recorded",
                    sigabbrev_np(signal));
  char index[16] = "";
  if (near->kind != Kind::kWorkspace)
    snprintf(index, sizeof index, "%d", near->index);
  return snprintf(out, size, "host code touched %s%s, which is device memory",
                  kKinds[static_cast<int>(near->kind)], index);
}

void OnFault(int signal, siginfo_t* info, void*) {
  char message[128], frame[256];
  Explain(message, sizeof message, signal,
          reinterpret_cast<uint64_t>(info->si_addr));
  uint32_t bytes = 0;
  const int length = snprintf(
      frame + sizeof bytes, sizeof frame - sizeof bytes,
      R"({"ok":false,"code":"CRASH","message":"%s","log":""})", message);
  bytes = static_cast<uint32_t>(length);
  std::memcpy(frame, &bytes, sizeof bytes);
  const ssize_t sent = write(answer_fd, frame, sizeof bytes + bytes);
  _exit(sent > 0 ? 1 : 2);
}

}  // namespace

void ExplainHostFaults(int descriptor) {
  answer_fd = descriptor;
  static char stack[64 << 10];  // a program may have overrun its own
  const stack_t alternate{stack, 0, sizeof stack};
  sigaltstack(&alternate, nullptr);
  struct sigaction action {};
  action.sa_sigaction = OnFault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP})
    sigaction(signal, &action, nullptr);
}

}  // namespace kernelevolve::worker
