#include "worker/gpu/server/device_server.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <vector>

#include "base/fd.h"
#include "base/format.h"
#include "wire/frame.h"
#include "worker/gpu/judge/gpu_judge.h"
#include "worker/gpu/server/device_messages.h"
#include "worker/gpu/server/server_name.h"
#include "worker/gpu/server/unix_socket.h"
#include "worker/judge/own_machine.h"

namespace kernelevolve::worker::gpu {
namespace {

// Without anybody connected, it stays this long.
constexpr int kIdleMs = 10'000;
// A worker that has begun a frame finishes it within this.
constexpr int kFrameMs = 60'000;

bool HungUp(int client) {
  pollfd end{client, POLLRDHUP, 0};
  return poll(&end, 1, 0) > 0 && (end.revents & (POLLRDHUP | POLLHUP)) != 0;
}

class DeviceServer {
 public:
  DeviceServer(const Machine& machine, const DeviceServerOptions& options,
               Fd listener)
      : machine_(machine), lane_(options.lane_lock, [this] { TellWaiting(); }),
        options_(options), listener_(std::move(listener)) {}
  DeviceServer(const DeviceServer&) = delete;

  int Run();

 private:
  // Waits for something to do; false when it is time to end.
  bool Wait(std::vector<pollfd>* ready);
  void Serve(size_t client);
  Json Handle(const Json& message);
  Result<GpuJudge*> Judge();
  Json Evaluate(const Json& message);
  // Nobody new finds us; then who waits for an answer asks the next server.
  void Close();
  void TellWaiting();  // whoever is being served

  const Machine& machine_;
  const Lane lane_;
  const DeviceServerOptions& options_;
  Fd listener_;
  std::vector<Fd> clients_;
  std::atomic<int> served_ = -1;  // descriptor of the client being served
  std::unique_ptr<GpuJudge> judge_;
  bool lost_ = false;  // a process whose context is lost gets no other
};

Result<GpuJudge*> DeviceServer::Judge() {
  if (!judge_) {
    ASSIGN_OR_RETURN(judge_, GpuJudge::Create(machine_, lane_,
                                              {.device = options_.device,
                                               .state = options_.lane_lock
                                                            .parent_path(),
                                               .abandoned = [this] {
                                                 return HungUp(served_);
                                               }}));
  }
  return judge_.get();
}

Json DeviceServer::Evaluate(const Json& message) {
  const int64_t id = GetInteger(message, "id").value_or(0);
  wire::EvaluateRequest request;
  PlannedKernel kernel;
  if (const Status read = ReadJudgeMessage(message, &request, &kernel); !read)
    return wire::ErrorMessage(id, read.error());
  auto judge = Judge();
  if (!judge) return wire::ErrorMessage(id, judge.error());
  auto evaluation = (*judge)->Evaluate(request, kernel);
  if (!evaluation) {
    lost_ = !(*judge)->Sound();
    return wire::ErrorMessage(id, evaluation.error());
  }
  return wire::EvaluationMessage(id, *evaluation);
}

Json DeviceServer::Handle(const Json& message) {
  const std::string type = wire::MessageType(message);
  if (type == "judge") return Evaluate(message);
  if (type != "facts")
    return wire::ErrorMessage(0, {ErrorCode::kBadInput, "unknown request: " + type});
  auto judge = Judge();
  if (!judge) return wire::ErrorMessage(0, judge.error());
  return {{"type", "facts"}, {"device", DeviceToJson((*judge)->device())},
          {"arch", (*judge)->device().arch()}};
}

bool DeviceServer::Wait(std::vector<pollfd>* ready) {
  ready->assign(1, {listener_.get(), POLLIN, 0});
  for (const Fd& client : clients_) ready->push_back({client.get(), POLLIN, 0});
  const int count =
      poll(ready->data(), ready->size(), clients_.empty() ? kIdleMs : -1);
  return count > 0 || !clients_.empty();
}

void DeviceServer::TellWaiting() {
  // A worker that has gone shows at the answer.
  (void)WriteFrame(served_, {{"type", "progress"},
                             {"phase", wire::kWaitingForDevice}});
}

void DeviceServer::Serve(size_t client) {
  MarkTurn(options_.socket);
  served_ = clients_[client].get();
  auto message = ReadFrame(clients_[client].get(), kFrameMs);
  const Json answer = message ? Handle(*message) : Json();
  if (lost_) return;  // Close ends the connection, once our name is gone
  const bool open = message && WriteFrame(clients_[client].get(), answer);
  if (!open) clients_[client].Reset();
}

void DeviceServer::Close() {
  std::error_code ignored;
  fs::remove(options_.socket, ignored);  // while it is ours
  listener_.Reset();
  clients_.clear();
}

int DeviceServer::Run() {
  std::vector<pollfd> ready;
  while (!lost_ && Wait(&ready)) {
    for (size_t i = 1; i < ready.size() && !lost_; ++i)
      if (ready[i].revents != 0) Serve(i - 1);
    std::erase_if(clients_, [](const Fd& client) { return !client; });
    if (ready[0].revents == 0) continue;
    Fd client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client) clients_.push_back(std::move(client));
  }
  Close();
  return lost_ ? 4 : 0;
}

// A worker that is of another build than the program it starts must not meet it.
Status CheckName(const DeviceServerOptions& options) {
  ASSIGN_OR_RETURN(const ServerKind kind,
                   OwnServerKind(options.unsafe_no_sandbox));
  ASSIGN_OR_RETURN(const fs::path socket, ServerSocket(options.lane_lock, kind));
  if (socket == options.socket) return {};
  return Broken(format("{} is the socket of another build, or of one with another "
                       "sandbox; this one's is {}", options.socket.string(),
                       socket.string()));
}

}  // namespace

int RunDeviceServer(const DeviceServerOptions& options) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, SIG_IGN);  // Ctrl-C is the workers' to act on
  const auto refuse = [](const Error& error) {
    std::fprintf(stderr, "kernelevolve-worker device-server: %s\n",
                 error.message.c_str());
    return error.code == ErrorCode::kMissing ? 3 : 4;
  };
  if (const Status right = CheckName(options); !right) return refuse(right.error());
  auto listener = ListenAt(options.socket);
  if (!listener) return refuse(listener.error());
  auto own = OwnMachine::Create(
      {}, {.unsafe_no_sandbox = options.unsafe_no_sandbox});
  if (!own) return refuse(own.error());
  return DeviceServer((*own)->machine(), options, std::move(*listener)).Run();
}

}  // namespace kernelevolve::worker::gpu
