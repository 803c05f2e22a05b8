#include "worker/gpu/host/host_launch.h"

#include <algorithm>

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
  GoOn();
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

void HostLaunch::Hold() {
  if (settled_ || held_) return;
  held_ = true;
  // One that did not stop in time may stop later: it must be let go on in any case.
  if (!process_->Pause()) process_->Kill();
}

void HostLaunch::GoOn() {
  if (!held_) return;
  held_ = false;
  (void)process_->Resume();  // one that ended says so when it is to settle
}

HostAhead HostAheadFor(bool new_task, size_t cores) {
  constexpr size_t kOfTwo = 8;
  const size_t needed = new_task ? 5 : 3;
  return {.plain = std::max(needed, std::min(kOfTwo, cores / 2)), .watched = true};
}

HostOptions HostSpare::OptionsFor(bool watched) const {
  HostOptions options = options_;
  options.watched = watched;
  return options;
}

Result<std::unique_ptr<HostLaunch>> HostSpare::Take(bool watched) {
  Waiting& waiting = waiting_[watched];
  while (!waiting.empty()) {
    auto launch = std::move(waiting.front());  // the furthest
    waiting.erase(waiting.begin());
    if (!launch->alive() || !launch->Settle() || !launch->alive()) continue;
    if (!held_) Prepare(ahead_);
    return launch;
  }
  ASSIGN_OR_RETURN(auto launch, HostLaunch::Begin(OptionsFor(watched)));
  if (!held_) Prepare(ahead_);
  RETURN_IF_ERROR(launch->Settle());
  return launch;
}

void HostSpare::Fill(bool watched, size_t count) {
  if (waiting_[watched].size() > count) waiting_[watched].resize(count);
  while (waiting_[watched].size() < count) {
    auto begun = HostLaunch::Begin(OptionsFor(watched));
    if (!begun) return;
    waiting_[watched].push_back(*std::move(begun));
  }
}

void HostSpare::Prepare(const HostAhead& ahead) {
  ahead_ = ahead;
  GoOn();
  Fill(false, ahead.plain);
  Fill(true, ahead.watched ? 1 : 0);
}

void HostSpare::Drop() {
  for (Waiting& waiting : waiting_) waiting.clear();
}

void HostSpare::GoOn() {
  held_ = false;
  for (Waiting& waiting : waiting_)
    for (const auto& launch : waiting) launch->GoOn();
}

void HostSpare::Settle() {
  for (Waiting& waiting : waiting_)
    std::erase_if(waiting, [](const auto& launch) { return !launch->Settle(); });
}

void HostSpare::Hold() {
  held_ = true;
  for (Waiting& waiting : waiting_)
    for (const auto& launch : waiting) launch->Hold();
}

}  // namespace kernelevolve::worker::gpu
