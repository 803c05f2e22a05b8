// What a program might do to others, and what might outlive it.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/fd.h"
#include "worker/sandbox/probes.h"

namespace kernelevolve::worker {
namespace {

pid_t ToPid(const ProbeArguments& arguments) {
  return arguments.empty() ? -1 : std::atoi(arguments[0].c_str());
}

bool SeeProcesses(const ProbeArguments&) {
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc", error)) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid > 0 && pid != getpid()) return true;
  }
  return false;
}

bool SignalWorker(const ProbeArguments& arguments) {
  return kill(ToPid(arguments), 0) == 0;
}

bool TraceWorker(const ProbeArguments& arguments) {
  return ptrace(PTRACE_SEIZE, ToPid(arguments), nullptr, nullptr) == 0;
}

// Arguments: pid, address, and what stands there.
bool ReadWorker(const ProbeArguments& arguments) {
  if (arguments.size() < 3) return false;
  const std::string& secret = arguments[2];
  std::string copy(secret.size(), '\0');
  iovec to = {copy.data(), copy.size()};
  iovec from = {
      reinterpret_cast<void*>(std::strtoull(arguments[1].c_str(), nullptr, 0)),
      secret.size()};
  return process_vm_readv(ToPid(arguments), &to, 1, &from, 1, 0) > 0 &&
         copy == secret;
}

// Arguments: a port on which the worker listens.
bool Connect(const ProbeArguments& arguments) {
  const Fd connection(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection || arguments.empty()) return static_cast<bool>(connection);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(std::atoi(arguments[0].c_str()));
  return connect(connection.get(), reinterpret_cast<sockaddr*>(&address),
                 sizeof(address)) == 0;
}

// Argument: an abstract name on which the worker listens. It is of a network,
// not of a file system.
bool ConnectByName(const ProbeArguments& arguments) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (arguments.empty() || arguments[0].size() > sizeof(address.sun_path) - 1)
    return false;
  memcpy(address.sun_path + 1, arguments[0].data(), arguments[0].size());
  const Fd connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return connection &&
         connect(connection.get(), reinterpret_cast<sockaddr*>(&address),
                 offsetof(sockaddr_un, sun_path) + 1 + arguments[0].size()) == 0;
}

// A way to an address that is reserved for documentation; nothing is sent.
bool ReachOutside(const ProbeArguments&) {
  constexpr uint32_t kNobody = 0xc0000201;  // 192.0.2.1
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(kNobody);
  address.sin_port = htons(9);
  const Fd datagrams(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return datagrams &&
         connect(datagrams.get(), reinterpret_cast<sockaddr*>(&address),
                 sizeof(address)) == 0;
}

bool OpenSocket(const ProbeArguments&) {
  for (int family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_VSOCK})
    if (Fd(socket(family, SOCK_STREAM, 0)) || Fd(socket(family, SOCK_DGRAM, 0)))
      return true;
  return false;
}

// Has a signal sent to this process by what others do with a file: one that is
// stopped could be continued so.
bool SignalByFile(const ProbeArguments&) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  const Fd from(ends[0]), to(ends[1]);
  return fcntl(ends[0], F_SETOWN, getpid()) == 0 ||
         fcntl(ends[0], F_SETSIG, SIGCONT) == 0 ||
         fcntl(ends[0], F_SETFL, O_ASYNC) == 0;
}

bool Fork(const ProbeArguments&) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  if (child > 0) waitpid(child, nullptr, 0);
  return child > 0;
}

bool Execute(const ProbeArguments& arguments) {
  if (arguments.empty()) return false;
  const char* argv[] = {arguments[0].c_str(), "probe", "control", nullptr};
  execv(argv[0], const_cast<char**>(argv));
  return false;
}

// Leaves a process of its own session behind that holds descriptor 3; whoever
// reads the other end sees whether it is gone. In any case it ends in a while.
bool Daemon(const ProbeArguments&) {
  constexpr int kSeconds = 5;
  if (fork() == 0) {
    setsid();
    if (fork() == 0) (void)!write(3, "r", 1);
    alarm(kSeconds);
  }
  while (true) pause();
}

bool WaitForEver(const ProbeArguments&) {
  while (true) pause();
}

// Is a core beyond the given ones in reach?
bool WidenAffinity(const ProbeArguments&) {
  cpu_set_t all;
  memset(&all, 0xff, sizeof(all));
  return sched_setaffinity(0, sizeof(all), &all) == 0;
}

}  // namespace

const std::vector<Probe>& ProcessProbes() {
  static const std::vector<Probe> probes = {
      {"see_processes", SeeProcesses},
      {"signal_worker", SignalWorker},
      {"trace_worker", TraceWorker},
      {"read_worker", ReadWorker},
      {"connect", Connect},
      {"connect_by_name", ConnectByName},
      {"reach_outside", ReachOutside},
      {"open_socket", OpenSocket},
      {"signal_by_file", SignalByFile},
      {"fork", Fork},
      {"execute", Execute},
      {"daemon", Daemon},
      {"wait_for_ever", WaitForEver},
      {"widen_affinity", WidenAffinity},
  };
  return probes;
}

}  // namespace kernelevolve::worker
