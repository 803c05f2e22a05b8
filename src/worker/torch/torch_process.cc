#include "worker/torch/torch_process.h"

#include <poll.h>

#include <utility>

#include "base/format.h"
#include "base/socket_pair.h"
#include "wire/frame.h"

namespace kernelevolve::worker {
namespace {

using std::chrono::seconds;

constexpr seconds kGreetingLimit{60};
constexpr seconds kShortLimit{30};
// Dozens of matrix products, of which float64 takes longest.
constexpr seconds kRoofsLimit{180};
constexpr int kGlanceMs = 500;

TorchForkServer::Spec SpecOf(const TorchOptions& options) {
  return {.folder = options.scratch,
          .log = options.log,
          .device = options.device,
          .environment = {
              {"TMPDIR", options.scratch.string()},
              {"TORCHINDUCTOR_CACHE_DIR", (options.scratch / "inductor").string()},
              {"TRITON_CACHE_DIR", (options.scratch / "triton").string()}}};
}

Json Named(const char* command, const std::string& binding,
           const std::string& name) {
  return {{"command", command}, {"binding", binding}, {"name", name}};
}

}  // namespace

Result<std::unique_ptr<TorchProcess>> TorchProcess::Start(
    TorchForkServer& server, const TorchOptions& options) {
  ASSIGN_OR_RETURN(SocketPair sockets, MakeSocketPair());
  ASSIGN_OR_RETURN(const pid_t pid,
                   server.Fork(SpecOf(options), sockets.theirs.get()));
  sockets.theirs.Reset();  // so that its end is seen
  std::unique_ptr<TorchProcess> process(
      new TorchProcess(server, pid, std::move(sockets.ours)));
  const auto greeting = process->Ask({{"command", "hello"}}, kGreetingLimit);
  if (!greeting)
    return Fail(greeting.error().code,
                format("PyTorch did not start ({}); {} says why",
                       greeting.error().message, options.log.string()));
  ASSIGN_OR_RETURN(process->facts_, ParseFacts(*greeting));
  return process;
}

Status TorchProcess::Lend(int64_t id, int descriptor, uint64_t bytes,
                          bool writable) {
  if (!alive_) return Broken("the PyTorch process is gone");
  const Json request = {{"command", "lend"},
                        {"id", id},
                        {"bytes", bytes},
                        {"writable", writable}};
  const Status sent =
      WriteFrameWithDescriptor(socket_.get(), request, descriptor);
  if (!sent) {
    Stop();
    return sent;
  }
  if (const auto reply = Receive(kShortLimit); !reply)
    return Fail(reply.error());
  return {};
}

Status TorchProcess::Unlend(int64_t id) {
  return Tell({{"command", "unlend"}, {"id", id}}, kShortLimit);
}

Status TorchProcess::SweepWith(const TorchSweep& sweep) {
  return Tell(SweepJson(sweep), kShortLimit);
}

Status TorchProcess::SetTask(const Task& task) {
  if (task.reference_torch.empty())
    return BadInput(format("task {} has no PyTorch reference ([reference] "
                           "torch = \"reference.py\")", task.name));
  return Tell(TaskRequest(task), kShortLimit);
}

Status TorchProcess::Bind(const TorchBinding& binding) {
  return Tell(BindRequest(binding), kShortLimit);
}

Result<OracleReply> TorchProcess::ComputeOracle(const OracleRequest& request,
                                                Milliseconds limit) {
  ASSIGN_OR_RETURN(const Json reply, Ask(OracleJson(request), limit));
  return ParseOracle(reply);
}

Result<PreparedMember> TorchProcess::Prepare(const std::string& binding,
                                             const MemberSpec& member,
                                             Milliseconds limit,
                                             const std::function<bool()>& unwanted) {
  RETURN_IF_ERROR(Send(PrepareRequest(binding, member)));
  const auto deadline = std::chrono::steady_clock::now() + limit;
  pollfd answer{socket_.get(), POLLIN, 0};
  while (poll(&answer, 1, kGlanceMs) == 0) {
    if (unwanted && unwanted()) {
      Stop();
      return Broken("given up: nobody waits for it any more");
    }
    if (std::chrono::steady_clock::now() < deadline) continue;
    Stop();
    return Fail(ErrorCode::kInfrastructure,
                format("it was not ready within {} s", limit.count() / 1000),
                /*retryable=*/true);
  }
  ASSIGN_OR_RETURN(const Json reply, Receive(kShortLimit));
  return ParsePrepared(reply);
}

Result<TorchTime> TorchProcess::Time(const std::string& binding,
                                     const std::string& member,
                                     const TorchFlush& flush,
                                     const std::vector<LentPlace>& outputs) {
  Json request = Named("time", binding, member);
  if (flush.bytes > 0)
    request["flush"] = {{"id", flush.place.id},
                        {"offset", flush.place.offset},
                        {"bytes", flush.bytes}};
  request["outputs"] = PlacesJson(outputs);
  ASSIGN_OR_RETURN(const Json reply, Ask(request, kShortLimit));
  return ParseTime(reply);
}

Result<TorchTime> TorchProcess::TimeNothing() {
  ASSIGN_OR_RETURN(const Json reply,
                   Ask({{"command", "time"}, {"empty", true}}, kShortLimit));
  return ParseTime(reply);
}

Result<TorchRoofs> TorchProcess::MeasureRoofs() {
  ASSIGN_OR_RETURN(const Json reply,
                   Ask({{"command", "roofs"}}, kRoofsLimit));
  return ParseRoofs(reply);
}

Status TorchProcess::Drop(const std::string& binding,
                          const std::string& member) {
  return Tell(Named("drop", binding, member), kShortLimit);
}

Result<Json> TorchProcess::Receive(Milliseconds limit) {
  auto reply = ReadFrame(socket_.get(), static_cast<int>(limit.count()));
  if (!reply) {
    Stop();
    return Fail(ErrorCode::kInfrastructure,
                "the PyTorch process: " + reply.error().message,
                /*retryable=*/true);
  }
  if (GetBool(*reply, "fatal").value_or(false)) Stop();
  RETURN_IF_ERROR(CheckReply(*reply));
  return reply;
}

Status TorchProcess::Send(const Json& request) {
  if (!alive_) return Broken("the PyTorch process is gone");
  const Status sent = WriteFrame(socket_.get(), request);
  if (!sent) Stop();
  return sent;
}

Result<Json> TorchProcess::Ask(const Json& request, Milliseconds limit) {
  RETURN_IF_ERROR(Send(request));
  return Receive(limit);
}

Status TorchProcess::Tell(const Json& request, Milliseconds limit) {
  ASSIGN_OR_RETURN([[maybe_unused]] const Json reply, Ask(request, limit));
  return {};
}

void TorchProcess::Stop() {
  if (std::exchange(alive_, false)) server_.End(pid_);
}

}  // namespace kernelevolve::worker
