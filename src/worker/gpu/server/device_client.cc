#include "worker/gpu/server/device_client.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/format.h"
#include "wire/frame.h"
#include "wire/messages.h"
#include "worker/gpu/server/server_name.h"
#include "worker/gpu/server/unix_socket.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr auto kStartLimit = std::chrono::seconds(30);

}  // namespace

// It must outlive this worker, whose children die with it: it leads a session of
// its own and ends by itself once nobody is connected.
Status DeviceClient::StartServer() const {
  const std::string log = options_.lane_lock.string() + ".log";
  std::vector<std::string> arguments = {
      options_.worker_binary.string(), "device-server",
      "--device", format("{}", options_.device),
      "--socket", path_.string(),
      "--lane-lock", options_.lane_lock.string()};
  if (options_.unsafe_no_sandbox) arguments.push_back("--unsafe-no-sandbox");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, argv[0], &actions, &attributes,
                                 argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0)
    return Broken(format("cannot start {}: error {}", argv[0], failed));
  return {};
}

// One worker starts or ends it; the others find it so.
Result<Fd> DeviceClient::Guard() const {
  const std::string guard = options_.lane_lock.string() + ".sock.start";
  Fd lock(::open(guard.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return SystemError("cannot open " + guard);
  while (::flock(lock.get(), LOCK_EX) != 0)
    if (errno != EINTR) return SystemError("cannot lock " + guard);
  return lock;
}

Status DeviceClient::Connect() {
  ASSIGN_OR_RETURN(const ServerKind kind,
                   OwnServerKind(options_.unsafe_no_sandbox));
  ASSIGN_OR_RETURN(path_, ServerSocket(options_.lane_lock, kind));
  ASSIGN_OR_RETURN(const Fd lock, Guard());
  if (auto connected = ConnectTo(path_)) {
    socket_ = std::move(*connected);
    return {};
  }
  RETURN_IF_ERROR(StartServer());
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  while (std::chrono::steady_clock::now() < deadline) {
    if (auto connected = ConnectTo(path_)) {
      socket_ = std::move(*connected);
      return {};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return Broken(format("the process for device {} does not start; see {}.log",
                       options_.device, options_.lane_lock.string()));
}

Result<Json> DeviceClient::Exchange(const Json& request,
                                    const Progress& progress) {
  if (!socket_) RETURN_IF_ERROR(Connect());
  RETURN_IF_ERROR(WriteFrame(socket_.get(), request));
  while (true) {
    pollfd ready{socket_.get(), POLLIN, 0};
    while (::poll(&ready, 1, static_cast<int>(options_.tick.count())) == 0) {
      progress("device");
      EndIfHung();
    }
    ASSIGN_OR_RETURN(Json answer, ReadFrame(socket_.get()));
    if (wire::MessageType(answer) != "progress") return answer;
    progress(GetString(answer, "phase").value_or("device"));
  }
}

void DeviceClient::EndIfHung() {
  const auto hung = [this] {
    const auto age = TurnAge(path_);
    return age && *age > options_.turn_limit;
  };
  if (!hung()) return;
  const auto lock = Guard();
  if (!lock || !hung()) return;  // somebody else was quicker
  const pid_t server = PeerOf(socket_);
  if (server <= 1) return;
  // The name goes too: it may be long in dying if the device keeps it.
  std::error_code ignored;
  fs::remove(path_, ignored);
  ::kill(server, SIGKILL);
  ended_hung_ = true;
}

Result<Json> DeviceClient::Ask(const Json& request,
                               const Progress& progress) {
  const auto start = std::chrono::steady_clock::now();
  ended_hung_ = false;
  auto answer = Exchange(request, progress);
  if (!answer) {
    socket_.Reset();  // it ended, or was ended: once is bad luck
    const bool other_may_have_ended_it =
        std::chrono::steady_clock::now() - start > options_.turn_limit;
    if (ended_hung_ || other_may_have_ended_it)
      return Fail(ErrorCode::kInfrastructure,
                  format("the process for device {} hung and was ended",
                         options_.device), /*retryable=*/true);
    answer = Exchange(request, progress);
  }
  if (!answer) return Fail(answer.error());
  if (wire::MessageType(*answer) == "error")
    return Fail(wire::ErrorFromJson(*answer));
  return answer;
}

}  // namespace kernelevolve::worker::gpu
