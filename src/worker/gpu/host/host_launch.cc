#include "worker/gpu/host/host_launch.h"

#include "base/format.h"
#include "base/json.h"
#include "base/socket_pair.h"
#include "base/text.h"
#include "wire/frame.h"

namespace kernelevolve::worker::gpu {
namespace {

// A first import reads gigabytes from disk.
constexpr int kGreetingMs = 180'000;
constexpr std::chrono::milliseconds kDeathLimit{500};
constexpr size_t kMessageBytes = 1000, kLogBytes = 6000;

// Some machines do not let their /sys be shown.
Result<std::unique_ptr<Sandboxed>> Launch(const HostOptions& options,
                                          int channel) {
  SandboxSpec spec = HostSandbox(options, channel);
  if (options.device != "cpu") {
    SandboxSpec more = spec;
    AddSystemFolders(&more);
    if (auto launched = options.sandbox->Launch(more)) return launched;
  }
  auto launched = options.sandbox->Launch(spec);
  if (!launched)
    return Missing("no sandbox shows the device: " + launched.error().message);
  return launched;
}

}  // namespace

Result<std::unique_ptr<HostLaunch>> HostLaunch::Begin(const HostOptions& options) {
  ASSIGN_OR_RETURN(SocketPair sockets, MakeSocketPair());
  Fd theirs = std::move(sockets.theirs);
  ASSIGN_OR_RETURN(auto process, Launch(options, theirs.get()));
  theirs.Reset();  // so that its end is seen
  return std::unique_ptr<HostLaunch>(
      new HostLaunch(std::move(sockets.ours), std::move(process)));
}

Status HostLaunch::Settle() {
  if (settled_) return {};
  const auto greeting = ReadFrame(channel_.get(), kGreetingMs);
  if (greeting && GetBool(*greeting, "ready").value_or(false)) {
    RETURN_IF_ERROR(process_->Pause());
    settled_ = true;
    return {};
  }
  if (greeting)
    return Missing("a sandboxed process cannot use the device: " +
                   Sanitize(GetString(*greeting, "message").value_or("no reason"),
                            kMessageBytes));
  const ExitReport report = process_->Wait(kDeathLimit);
  return Missing(format("a sandboxed process that works the device does not "
                        "start: {} (signal {}, exit code {}{})\n{}",
                        greeting.error().message, report.signal,
                        report.exit_code,
                        report.limit.empty() ? "" : ", limit: " + report.limit,
                        Sanitize(report.errors, kLogBytes)));
}

Result<std::unique_ptr<HostLaunch>> HostSpare::Take(bool watched) {
  std::unique_ptr<HostLaunch> launch;
  if (!watched) launch = std::move(waiting_);
  if (launch && launch->alive() && launch->Settle() && launch->alive())
    return launch;
  HostOptions options = options_;
  options.watched = watched;
  ASSIGN_OR_RETURN(launch, HostLaunch::Begin(options));
  RETURN_IF_ERROR(launch->Settle());
  return launch;
}

void HostSpare::Prepare() {
  if (waiting_) return;
  if (auto begun = HostLaunch::Begin(options_)) waiting_ = *std::move(begun);
}

void HostSpare::Settle() {
  if (waiting_ && !waiting_->Settle()) waiting_.reset();
}

}  // namespace kernelevolve::worker::gpu
