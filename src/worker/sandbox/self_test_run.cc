// Not self_test.cc: that would be a unit test of "self".
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "base/digest.h"
#include "base/fd.h"
#include "base/format.h"
#include "base/random.h"
#include "worker/sandbox/self_test.h"
#include "worker/sandbox/self_test_cases.h"
#include "worker/sandbox/self_test_outside.h"

namespace kernelevolve::worker {
namespace {

using std::chrono::milliseconds;
using wire::SandboxLayer;

// Generous: the machine may be busy, and each takes milliseconds when it is
// not.
constexpr milliseconds kProbeLimit{10000};
constexpr milliseconds kDaemonLimit{2000};

// What the probes try to get at. World-readable and inheritable on purpose:
// only the sandbox keeps it away.
class Bait {
 public:
  static Result<std::unique_ptr<Bait>> Lay() {
    ASSIGN_OR_RETURN(TempFolder folder, TempFolder::Create("ke-self-test"));
    auto bait = std::make_unique<Bait>(std::move(folder));
    const fs::path file = bait->folder_.path() / "secret";
    RETURN_IF_ERROR(WriteFileAtomic(file, bait->secret_));
    if (chmod(bait->folder_.path().c_str(), 0755) != 0 ||
        chmod(file.c_str(), 0644) != 0)
      return SystemError("self-test: cannot open its folder to all");
    RETURN_IF_ERROR(MakeFolders(bait->folder_.path() / "cache"));
    if (chmod((bait->folder_.path() / "cache").c_str(), 0777) != 0)
      return SystemError("self-test: cannot open a folder to all");
    const Fd opened(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    // High, so that no descriptor of the program's own takes its number.
    constexpr int kHigh = 100;
    bait->inheritable_.Reset(fcntl(opened.get(), F_DUPFD, kHigh));
    RETURN_IF_ERROR(bait->Listen());
    RETURN_IF_ERROR(bait->ListenByName());
    return bait;
  }

  explicit Bait(TempFolder folder) : folder_(std::move(folder)) {}

  ProbeTargets targets() const {
    return {.secret_file = (folder_.path() / "secret").string(),
            .cache = (folder_.path() / "cache").string(),
            .worker = getpid(),
            .secret_address =
                format("{}", reinterpret_cast<uintptr_t>(secret_.data())),
            .secret_text = secret_,
            .port = port_,
            .socket_name = socket_name_};
  }

 private:
  Status Listen() {
    listener_.Reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (!listener_ || bind(listener_.get(), generic, size) != 0 ||
        listen(listener_.get(), 4) != 0 ||
        getsockname(listener_.get(), generic, &size) != 0)
      return SystemError("self-test: cannot listen on loopback");
    port_ = ntohs(address.sin_port);
    return {};
  }

  Status ListenByName() {
    named_.Reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    // Behind a zero: a name of the network, not a file.
    std::memcpy(address.sun_path + 1, socket_name_.data(), socket_name_.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 +
                                             socket_name_.size());
    if (!named_ ||
        bind(named_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(named_.get(), 4) != 0)
      return SystemError("self-test: cannot listen by a name");
    return {};
  }

  TempFolder folder_;
  const std::string secret_ = Hex(SecretBytes(16));
  const std::string socket_name_ = "ke-self-test-" + Hex(SecretBytes(8));
  Fd inheritable_, listener_, named_;
  int port_ = 0;
};

class SelfTest {
 public:
  SelfTest(Sandbox& sandbox, const SelfTestOptions& options)
      : sandbox_(sandbox), options_(options), facts_(sandbox.facts()) {}

  std::vector<SandboxLayer> Run() {
    auto bait = Bait::Lay();
    if (!bait) return {{"self-test", false, bait.error().message}};
    const auto cases = SelfTestCases((*bait)->targets());
    // All run side by side; they are judged when the last has started.
    std::vector<Result<std::unique_ptr<Sandboxed>>> running;
    for (const ProbeCase& probe : cases) running.push_back(Start(probe, {}));
    std::vector<SandboxLayer> layers = Inspect();
    layers.push_back(CheckDaemon());
    for (size_t i = 0; i < cases.size(); ++i)
      layers.push_back(Judge(cases[i], running[i]));
    return layers;
  }

 private:
  Result<std::unique_ptr<Sandboxed>> Start(
      const ProbeCase& probe, const std::vector<int>& descriptors) {
    SandboxSpec spec;
    std::error_code ignored;
    const fs::path program = options_.program.empty()
                                 ? fs::read_symlink("/proc/self/exe", ignored)
                                 : options_.program;
    spec.binds = {{program, "/ke/worker"}};
    spec.argv = {"/ke/worker"};
    spec.argv.insert(spec.argv.end(), options_.arguments.begin(),
                     options_.arguments.end());
    spec.argv.push_back(probe.probe);
    spec.argv.insert(spec.argv.end(), probe.arguments.begin(),
                     probe.arguments.end());
    spec.limits = probe.limits;
    spec.profile = probe.profile;
    spec.descriptors = descriptors;
    if (probe.probe == "widen_affinity") spec.cpus = {FirstCpu()};
    return sandbox_.Launch(spec);
  }

  // Whose word all of this is.
  static std::string KernelInWords() {
    utsname names = {};
    uname(&names);
    return format("{} {} on {}", names.sysname, names.release, names.machine);
  }

  static int FirstCpu() {
    cpu_set_t own;
    CPU_ZERO(&own);
    sched_getaffinity(0, sizeof(own), &own);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &own)) return cpu;
    return 0;
  }

  SandboxLayer Judge(const ProbeCase& probe,
                     Result<std::unique_ptr<Sandboxed>>& running) {
    SandboxLayer layer{probe.layer};
    if (!running) {
      layer.detail = running.error().message;
      return layer;
    }
    const ExitReport report = (*running)->Wait(kProbeLimit);
    layer.detail = JudgeProbe(probe, facts_, report);
    layer.working = layer.detail.empty();
    if (!layer.working) return layer;
    if (probe.end == ProbeEnd::kAllowed) layer.detail = KernelInWords();
    if (probe.end == ProbeEnd::kMemory) layer.detail = facts_.memory_limit;
    if (probe.end == ProbeEnd::kTasks) layer.detail = facts_.task_limit;
    return layer;
  }

  std::vector<SandboxLayer> Inspect() {
    auto program = Start({"", "wait_for_ever"}, {});
    if (!program)
      return {{"a program to inspect", false, program.error().message}};
    return InspectProgram((*program)->pid(), facts_);
  }

  SandboxLayer CheckDaemon() {
    SandboxLayer layer{"daemons die with the program"};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return layer;
    const Fd read_end(ends[0]);
    Fd write_end(ends[1]);
    const ProbeCase probe = {.probe = "daemon",
                             .profile = SyscallProfile::kBuild};
    auto program = Start(probe, {write_end.get()});
    write_end.Reset();
    if (!program) {
      layer.detail = program.error().message;
      return layer;
    }
    if (!ReadByte(read_end.get())) {
      layer.detail = "probe daemon: it could not be tried";
      return layer;
    }
    (*program)->Kill();
    // End of file: nobody holds the other end any more.
    pollfd gone = {read_end.get(), POLLIN, 0};
    layer.working = poll(&gone, 1, kDaemonLimit.count()) == 1 &&
                    (gone.revents & POLLHUP) != 0;
    if (!layer.working) layer.detail = "probe daemon: it lives on";
    return layer;
  }

  static bool ReadByte(int file) {
    pollfd ready = {file, POLLIN, 0};
    char byte;
    return poll(&ready, 1, kProbeLimit.count()) == 1 &&
           read(file, &byte, 1) == 1;
  }

  Sandbox& sandbox_;
  const SelfTestOptions& options_;
  const SandboxFacts facts_;
};

}  // namespace

std::optional<Error> WhyNotToServe(const std::vector<SandboxLayer>& layers) {
  std::string broken;
  for (const SandboxLayer& layer : layers)
    if (!layer.working) broken += format("\n  {}: {}", layer.name, layer.detail);
  if (broken.empty()) return std::nullopt;
  return Error{ErrorCode::kMissing,
               "the sandbox does not hold on this machine, so nothing is judged "
               "here:" + broken +
               "\n--unsafe-no-sandbox judges without one and marks every result"};
}

std::vector<SandboxLayer> RunSelfTest(Sandbox& sandbox,
                                      const SelfTestOptions& options) {
  return SelfTest(sandbox, options).Run();
}

}  // namespace kernelevolve::worker
