#include "worker/bundle/serve_child.h"

#include <fcntl.h>

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "wire/frame.h"

namespace kernelevolve::worker {
namespace {

// The same patience as the engine's with its own workers.
constexpr double kHelloSeconds = 60, kSilenceSeconds = 300,
                 kRequestSeconds = 1200;
constexpr int kFrameTimeoutMs = 30'000;
constexpr std::chrono::milliseconds kEndGrace{500};
// A request fits in the pipe, so that writing cannot block us.
constexpr int kPipeBytes = 1 << 20;

}  // namespace

fs::path ServeChild::log() const {
  return command_.scratch / format("worker-{}.log", index_);
}

Status ServeChild::Start() {
  Stop();
  const fs::path scratch = command_.scratch / format("worker-{}", index_);
  std::error_code ignored;
  fs::remove_all(scratch, ignored);  // of a predecessor that died
  RETURN_IF_ERROR(MakeFolders(scratch));
  const DeviceLane& lane =
      command_.lanes[static_cast<size_t>(index_) % command_.lanes.size()];
  ChildSpec spec;
  spec.argv = command_.program;
  spec.argv.insert(spec.argv.end(),
                   {"serve", "--lane-lock", lane.lock.string(), "--scratch",
                    scratch.string()});
  if (lane.device) {
    spec.argv.insert(spec.argv.end(),
                     {"--device", std::to_string(*lane.device)});
    // The driver counts as nvidia-smi does.
    spec.environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID";
  }
  if (command_.unsafe_no_sandbox) spec.argv.push_back("--unsafe-no-sandbox");
  spec.pipe_input = true;
  spec.error_log = log();
  ASSIGN_OR_RETURN(child_, Child::Start(spec));
  ::fcntl(child_->input(), F_SETPIPE_SZ, kPipeBytes);
  begun_ = heard_ = clock_.Now();
  return {};
}

void ServeChild::Stop() {
  if (child_) child_->Terminate(kEndGrace);
  child_.reset();
  hello_.reset();
  request_.clear();
}

Result<Json> ServeChild::Receive() {
  ASSIGN_OR_RETURN(Json message, ReadFrame(child_->output(), kFrameTimeoutMs));
  heard_ = clock_.Now();
  if (hello_) return message;
  if (wire::MessageType(message) == "error")
    return Fail(wire::ErrorFromJson(message));
  ASSIGN_OR_RETURN(hello_, wire::HelloFromJson(message));
  return message;
}

Status ServeChild::Send(const std::string& name,
                        const wire::EvaluateRequest& request) {
  request_ = name;
  begun_ = heard_ = clock_.Now();
  return WriteFrame(child_->input(), wire::ToJson(request));
}

std::string ServeChild::Overdue() const {
  if (!child_ || idle()) return "";
  const bool greeting = !hello_;
  if (SecondsSince(clock_, heard_) > (greeting ? kHelloSeconds
                                               : kSilenceSeconds))
    return greeting ? "a worker did not greet in time"
                    : "the worker was silent for too long";
  if (SecondsSince(clock_, begun_) > kRequestSeconds)
    return "the worker did not answer in time";
  return "";
}

std::string ServeChild::LogTail() const {
  constexpr size_t kTail = 600;
  const auto text = ReadFile(log());
  if (!text || Trim(*text).empty()) return "";
  const std::string_view trimmed = Trim(*text);
  return "\n" + Sanitize(trimmed.substr(trimmed.size() -
                                        std::min(trimmed.size(), kTail)),
                         kTail);
}

}  // namespace kernelevolve::worker
