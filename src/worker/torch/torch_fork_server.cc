#include "worker/torch/torch_fork_server.h"

#include <utility>

#include "base/format.h"
#include "base/socket_pair.h"
#include "wire/frame.h"
#include "worker/torch/torch_messages.h"

namespace kernelevolve::worker {
namespace {

// A first import reads gigabytes from disk.
constexpr int kImportMs = 180'000;

}  // namespace

Result<std::unique_ptr<TorchForkServer>> TorchForkServer::Start(
    const fs::path& python, const fs::path& log) {
  ASSIGN_OR_RETURN(const fs::path data, DataFolder());
  const fs::path runners = data / "runners" / "python";
  std::error_code ignored;
  if (!fs::exists(runners / "ke_torch" / "__main__.py", ignored))
    return Missing(format("{} does not hold ke_torch; install KernelEvolve "
                          "again", runners.string()));
  ASSIGN_OR_RETURN(SocketPair sockets, MakeSocketPair());
  ChildSpec spec;
  spec.argv = {python.string(), "-m", "ke_torch", "--fork"};
  spec.environment = {
      {"PYTHONPATH", runners.string()},
      {"PYTHONSAFEPATH", "1"},  // modules come from there, not from a folder
      {"PYTHONDONTWRITEBYTECODE", "1"}};
  spec.pipe_output = false;
  spec.error_log = log;
  spec.passed = sockets.theirs.get();
  ASSIGN_OR_RETURN(Child child, Child::Start(spec));
  return std::unique_ptr<TorchForkServer>(
      new TorchForkServer(log, std::move(child), std::move(sockets.ours)));
}

tl::unexpected<Error> TorchForkServer::Lost(const Error& error) {
  alive_ = false;
  child_.Kill();
  return Broken(format("PyTorch did not start ({}); {} says why", error.message,
                       log_.string()));
}

Result<Json> TorchForkServer::Receive() {
  auto reply = ReadFrame(socket_.get(), kImportMs);
  if (!reply) return Lost(reply.error());
  RETURN_IF_ERROR(CheckReply(*reply));
  return reply;
}

Result<pid_t> TorchForkServer::Fork(const Spec& spec, int socket) {
  const std::lock_guard lock(mutex_);
  Json request = {{"command", "fork"},
                  {"folder", spec.folder.string()},
                  {"log", spec.log.string()},
                  {"device", spec.device},
                  {"environment", spec.environment}};
  if (const Status sent = WriteFrameWithDescriptor(socket_.get(), request, socket);
      !sent)
    return Lost(sent.error());
  ASSIGN_OR_RETURN(const Json reply, Receive());
  const auto pid = GetInteger(reply, "pid");
  if (!pid || *pid <= 1) return Broken("PyTorch's fork server answers nonsense");
  return static_cast<pid_t>(*pid);
}

void TorchForkServer::End(pid_t pid) {
  const std::lock_guard lock(mutex_);
  // If it is gone, so are its children.
  if (WriteFrame(socket_.get(), {{"command", "end"}, {"pid", pid}}))
    (void)Receive();
}

}  // namespace kernelevolve::worker
