#include "eval/worker_link.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <string>

#include "base/format.h"
#include "base/text.h"
#include "process/cpu_time.h"
#include "wire/frame.h"

namespace kernelevolve {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How often a waiting call looks at its stop condition.
constexpr milliseconds kSlice{50};
// For the rest of a frame whose beginning has come.
constexpr int kFrameTimeoutMs = 30'000;
// A worker that is asked to end cleans up its sandbox and scratch.
constexpr milliseconds kEndGrace{500};
// A request fits in the pipe, so that writing to a hung worker cannot block us.
constexpr int kPipeBytes = 1 << 20;

Result<ChildSpec> MakeSpec(const WorkerPoolOptions& options, int index) {
  const fs::path scratch = options.scratch / format("worker-{}", index);
  std::error_code ignored;
  fs::remove_all(scratch, ignored);  // of a predecessor that died
  RETURN_IF_ERROR(MakeFolders(scratch));
  RETURN_IF_ERROR(MakeFolders(options.log_folder));
  const DeviceLane& lane =
      options.lanes[static_cast<size_t>(index - 1) % options.lanes.size()];
  ChildSpec spec;
  spec.argv = options.program;
  spec.argv.insert(spec.argv.end(),
                   {"serve", "--lane-lock", lane.lock.string(), "--scratch",
                    scratch.string()});
  if (lane.device) {
    spec.argv.insert(spec.argv.end(),
                     {"--device", std::to_string(*lane.device)});
    // The driver counts as nvidia-smi does.
    spec.environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID";
  }
  if (options.unsafe_no_sandbox) spec.argv.push_back("--unsafe-no-sandbox");
  spec.pipe_input = true;
  spec.error_log = options.log_folder / format("worker-{}.log", index);
  return spec;
}

// The last lines of a log, for messages.
std::string Tail(const fs::path& log) {
  const Result<std::string> text = ReadFile(log);
  if (!text || Trim(*text).empty()) return "";
  const std::string_view trimmed = Trim(*text);
  constexpr size_t kTail = 600;
  return "\n" + Sanitize(trimmed.substr(trimmed.size() -
                                        std::min(trimmed.size(), kTail)),
                         kTail);
}

// What a sandbox lacks, one layer per line; "" if nothing.
std::string MissingLayers(const wire::Hello& hello) {
  std::string missing;
  for (const wire::SandboxLayer& layer : hello.sandbox)
    if (!layer.working)
      missing += format("\n  {}: {}", layer.name, layer.detail);
  return missing;
}

Status CheckHello(const wire::Hello& hello, bool unsafe_no_sandbox) {
  if (hello.protocol != wire::kProtocolVersion)
    return Missing(format(
        "the worker speaks protocol {}, this program {}; install both from one "
        "build",
        hello.protocol, wire::kProtocolVersion));
  const std::string missing = MissingLayers(hello);
  if (missing.empty() || unsafe_no_sandbox) return {};
  return Missing(
      "the worker's sandbox does not hold on this machine:" + missing +
      "\n--unsafe-no-sandbox runs candidates without it and marks "
      "every result");
}

}  // namespace

Result<WorkerLink> WorkerLink::Start(const WorkerPoolOptions& options,
                                     int index, const StopCondition& stop) {
  ASSIGN_OR_RETURN(const ChildSpec spec, MakeSpec(options, index));
  ASSIGN_OR_RETURN(Child child, Child::Start(spec));
  ::fcntl(child.input(), F_SETPIPE_SZ, kPipeBytes);
  WorkerLink link(std::move(child), options, spec.error_log);
  RETURN_IF_ERROR(link.Greet(stop));
  return link;
}

Status WorkerLink::Greet(const StopCondition& stop) {
  ASSIGN_OR_RETURN(
      const Json message,
      NextFrame(steady_clock::now() + options_->hello_timeout, stop));
  if (wire::MessageType(message) == "error")
    return Fail(wire::ErrorFromJson(message));
  ASSIGN_OR_RETURN(hello_, wire::HelloFromJson(message));
  return CheckHello(hello_, options_->unsafe_no_sandbox);
}

bool WorkerLink::Alive() { return !child_.Wait(milliseconds(0)).has_value(); }

double WorkerLink::CpuSeconds() const {
  return kernelevolve::CpuSeconds(child_.pid());
}

void WorkerLink::End() { child_.Terminate(kEndGrace); }

tl::unexpected<Error> WorkerLink::Lost(const std::string& what) {
  std::string how = what;
  if (const auto exit = child_.Wait(milliseconds(2000)))
    how = "the worker ended with " + exit->ToString();
  return Fail(ErrorCode::kInfrastructure,
              format("{}; its log: {}{}", how, log_.string(), Tail(log_)),
              /*retryable=*/true);
}

Result<Json> WorkerLink::NextFrame(TimePoint deadline,
                                   const StopCondition& stop) {
  while (true) {
    if (stop.requested()) return Fail(ErrorCode::kInterrupted, "interrupted");
    pollfd entry{child_.output(), POLLIN, 0};
    if (::poll(&entry, 1, static_cast<int>(kSlice.count())) > 0) break;
    if (steady_clock::now() >= deadline)
      return Lost("the worker did not answer in time");
  }
  Result<Json> frame = ReadFrame(child_.output(), kFrameTimeoutMs);
  if (!frame) return Lost(frame.error().message);
  return frame;
}

Result<Json> WorkerLink::Exchange(const Json& request, int64_t id,
                                  const StopCondition& stop) {
  if (const Status sent = WriteFrame(child_.input(), request); !sent)
    return Lost(sent.error().message);
  const TimePoint end = steady_clock::now() + options_->request_timeout;
  bool told = false;
  while (true) {
    const TimePoint silence = steady_clock::now() + options_->silence_timeout;
    ASSIGN_OR_RETURN(Json message, NextFrame(std::min(end, silence), stop));
    if (wire::MessageId(message) != id)
      return Lost("the worker answered a request that was not made");
    const std::string type = wire::MessageType(message);
    if (type == "progress") {
      const bool waits = GetString(message, "phase") == wire::kWaitingForDevice;
      if (waits && !told && options_->on_waiting)
        options_->on_waiting(wire::kWaitingForDevice);
      told = told || waits;
      continue;
    }
    if (type == "error") return Fail(wire::ErrorFromJson(message));
    return message;
  }
}

}  // namespace kernelevolve
