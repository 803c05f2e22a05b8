#include "worker/run/runner_process.h"

#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <thread>

#include "base/file.h"
#include "base/format.h"
#include "base/socket_pair.h"
#include "base/text.h"
#include "wire/frame.h"
#include "worker/run/death.h"
#include "worker/run/mapped_code.h"
#include "worker/run/watched.h"

namespace kernelevolve::worker {
namespace {

using std::chrono::nanoseconds;
using Steady = std::chrono::steady_clock;

// Loading, ke_setup and ke_workspace_bytes together; packing a large weight is
// honest work, so this is generous.
constexpr int kControlTimeoutMs = 20'000;
// Our runner writes an answer at once and whole.
constexpr int kAnswerTimeoutMs = 1'000;
constexpr auto kListenTimeout = std::chrono::seconds(5);
constexpr size_t kLogBytes = 4000;
// A look at the mailbox takes less; one that took longer was interrupted.
constexpr auto kHeldUp = std::chrono::microseconds(30);

Failure Forgery(const std::string& deed, const std::string& during) {
  return {Code::kResultForgery,
          format("the kernel's process wrote {} {}", deed, during),
          "control_channel", ""};
}

}  // namespace

Result<std::unique_ptr<RunnerProcess>> RunnerProcess::Start(
    Sandbox& sandbox, const RunnerOptions& options,
    std::optional<Failure>* failure) {
  std::unique_ptr<RunnerProcess> runner(new RunnerProcess());
  runner->spin_ = options.spin && !options.asleep;
  runner->asleep_ = options.asleep;
  runner->memory_limit_ = options.limits.memory_bytes;
  runner->cores_ = std::max<int64_t>(1, std::ssize(options.cpus));
  RETURN_IF_ERROR(runner->CreateMailbox());
  ASSIGN_OR_RETURN(SocketPair sockets, MakeSocketPair());
  runner->control_ = std::move(sockets.ours);
  const Fd theirs = std::move(sockets.theirs);

  SandboxSpec spec;
  // By way of argv, where paths are translated if there is no mount namespace.
  const std::string kernel =
      options.watched ? kWatchedKernel : "/ke/kernel.so";
  spec.argv = {"/ke/worker", "runner", kernel};
  spec.binds = {{options.worker_binary, "/ke/worker"},
                {options.library, kernel}};
  if (options.watched)
    spec.environment.insert(spec.environment.end(),
                            std::begin(kWatchedEnvironment),
                            std::end(kWatchedEnvironment));
  const fs::path alternatives = "/etc/alternatives";
  if (options.system_libraries && fs::exists(alternatives))
    spec.binds.push_back({alternatives, alternatives});
  spec.environment.insert(spec.environment.end(), options.environment.begin(),
                          options.environment.end());
  spec.limits = options.limits;
  spec.cpus = options.cpus;
  spec.descriptors = {theirs.get(), runner->mailbox_buffer_->fd(),
                      options.workspace->fd()};
  for (const SharedBuffer* tensor : options.tensors)
    spec.descriptors.push_back(tensor->fd());
  constexpr int kStandard = 3;
  runner->descriptors_ = kStandard + static_cast<int>(spec.descriptors.size());
  ASSIGN_OR_RETURN(runner->process_, sandbox.Launch(spec));
  auto loaded = runner->Load(options);
  if (!loaded) return Fail(loaded.error());
  *failure = *std::move(loaded);
  return runner;
}

RunnerProcess::~RunnerProcess() { Kill(); }

Status RunnerProcess::CreateMailbox() {
  auto buffer = SharedBuffer::Create(kPageBytes, /*read_only_for_runner=*/false);
  if (!buffer) return Fail(buffer.error());
  mailbox_buffer_ = *std::move(buffer);
  mailbox_ = new (mailbox_buffer_->data()) Mailbox();
  return {};
}

Verdictless RunnerProcess::Load(const RunnerOptions& options) {
  Json reply;
  RETURN_IF_FAILED(Ask({{"op", "load"},
                        {"symbol", options.symbol},
                        {"optional_symbols", options.optional_symbols}},
                       "while its library was loaded", &reply));
  if (auto misdeed = FindMisdeed("while its library was loaded")) return misdeed;
  if (GetBool(reply, "ok").value_or(false)) {
    const auto mxcsr = GetInteger(reply, "mxcsr").value_or(0);
    if ((mxcsr & kMxcsrControlMask) != kDefaultMxcsr)
      return Failure{Code::kSabotage,
                     "loading the kernel changed the floating-point environment "
                     "(flush to zero or rounding)",
                     "fp_environment", ""};
    return std::nullopt;
  }
  return Failure{Code::kContract,
                 Sanitize(GetString(reply, "message").value_or("did not load"), 500),
                 "load", ""};
}

Verdictless RunnerProcess::Ask(const Json& request, const std::string& during,
                               Json* reply) {
  if (in_mailbox_) {
    RETURN_IF_FAILED(Arm());
    CallReport ignored;
    RETURN_IF_FAILED(
        Call(std::chrono::seconds(5), &ignored, MailboxCommand::kLeave));
    in_mailbox_ = false;
  }
  RETURN_IF_FAILED(Wake());
  if (auto misdeed = FindMisdeed(during)) return misdeed;
  if (Status sent = WriteFrame(control_.get(), request); !sent)
    return Death(during);
  if (!AwaitReadable(control_.get(), kControlTimeoutMs)) return Death(during);
  auto answer = ReadFrame(control_.get(), kAnswerTimeoutMs);
  if (answer) {
    *reply = *std::move(answer);
    return std::nullopt;
  }
  // No answer of our runner's, or the beginning of one that does not go on.
  const bool forged =
      answer.error().code == ErrorCode::kBadInput || IsOpen(control_.get());
  if (process_->Ended() || !forged) return Death(during);
  return Forgery("something of its own into the judge's control channel",
                 during);
}

Verdictless RunnerProcess::EnterMailbox() {
  if (in_mailbox_) return std::nullopt;
  if (Status sent = WriteFrame(control_.get(), {{"op", "serve"}}); !sent)
    return Death("between two calls");
  in_mailbox_ = true;
  return std::nullopt;
}

Verdictless RunnerProcess::Prepare(const Binding& binding, PlacementRule rule,
                                   uint64_t workspace_limit) {
  binding_ = binding;
  Json reply;
  const std::string during = "in ke_setup or ke_workspace_bytes";
  RETURN_IF_FAILED(Ask({{"op", "prepare"}, {"binding", ToJson(binding)}}, during,
                       &reply));
  if (!GetBool(reply, "ok").value_or(false))
    return Broken("the runner could not map the tensors: " +
                  GetString(reply, "message").value_or(""));
  if (const int64_t code = GetInteger(reply, "setup_code").value_or(0); code != 0)
    return WithOutput({Code::kRunFailed, format("ke_setup returned {}", code),
                       "return_code", ""});
  bases_.clear();
  for (const Json& base : GetMember(reply, "bases"))
    if (base.is_number_integer()) bases_.push_back(base.get<uint64_t>());
  const Json& bytes_json = GetMember(reply, "workspace_bytes");
  const uint64_t bytes =
      bytes_json.is_number_integer() ? bytes_json.get<uint64_t>() : 0;
  if (bytes > workspace_limit)
    return Failure{Code::kContract,
                   format("ke_workspace_bytes asks for {} bytes; at most {} are "
                          "given", bytes, workspace_limit),
                   "workspace_size", ""};
  workspace_place_ = Place(bytes, bytes % 64 == 0 ? 64 : 8, rule);
  RETURN_IF_FAILED(Ask({{"op", "workspace"}, {"place", ToJson(workspace_place_)}},
                       during, &reply));
  workspace_base_ = static_cast<uint64_t>(GetInteger(reply, "base").value_or(0));
  RETURN_IF_FAILED(EnterMailbox());
  if (!at_first_) return Look(&at_first_.emplace());
  RETURN_IF_FAILED(Arm());
  RETURN_IF_ERROR(Pause());
  return std::nullopt;
}

Verdictless RunnerProcess::Look(ProcessState* state) {
  RETURN_IF_FAILED(Arm());
  CallReport ignored;
  RETURN_IF_FAILED(
      Call(std::chrono::seconds(5), &ignored, MailboxCommand::kLook));
  *state = ReadProcessState(pid(), descriptors_);
  state->timers = mailbox_->timers.load();
  state->handlers = mailbox_->handlers.load();
  return std::nullopt;
}

Verdictless RunnerProcess::FindDamage(bool ask_clocks) {
  ProcessState now;
  RETURN_IF_FAILED(Look(&now));
  auto what = WhatChanged(*at_first_, now);
  if (!what && ask_clocks && mailbox_->clock_lies.load())
    return Failure{Code::kClockTamper,
                   "clock_gettime in the kernel's process tells another time than the "
                   "system", "clock_claim", ""};
  if (!what) what = FindOpenTensor(now);
  if (!what) return std::nullopt;
  return Failure{Code::kSabotage, "ke_run " + *what, "process_state", ""};
}

std::optional<std::string> RunnerProcess::FindOpenTensor(
    const ProcessState& now) const {
  if (now.ranges.empty()) return std::nullopt;  // they are not to be seen
  const auto holds = [&](uint64_t base, const Placement& place, bool writable) {
    const uint64_t begin = base + kGuardBytes, end = begin + place.mapped_bytes;
    return IsMappedAs(now.ranges, base, begin, "---p") &&
           IsMappedAs(now.ranges, begin, end, writable ? "rw-s" : "r--s") &&
           IsMappedAs(now.ranges, end, end + kGuardBytes, "---p");
  };
  for (size_t i = 0; i < std::min(bases_.size(), binding_.tensors.size()); ++i)
    if (!holds(bases_[i], binding_.tensors[i].place, binding_.tensors[i].output))
      return format("changed how tensor {} or the guards beside it are mapped", i);
  if (!holds(workspace_base_, workspace_place_, true))
    return "changed how the workspace or the guards beside it are mapped";
  return std::nullopt;
}

Verdictless RunnerProcess::Wake() {
  if (!paused_) return std::nullopt;
  const nanoseconds ran = process_->RanWhilePaused();
  if (process_->Ended()) return Death("between two calls");
  // Whatever continued it: nobody but the judge may.
  if (ran > nanoseconds(0))
    return Failure{Code::kAsyncEscape, "ran on between calls, though it had been "
                   "stopped", "pauses", ""};
  cpu_at_wake_ = process_->CpuTime().value_or(nanoseconds(0));
  RETURN_IF_ERROR(process_->Resume());
  paused_ = false;
  return std::nullopt;
}

Verdictless RunnerProcess::Arm() {
  held_up_ = nanoseconds(0);
  auto looked = Steady::now();
  const auto deadline = looked + kListenTimeout;
  RETURN_IF_FAILED(Wake());
  const uint64_t before = mailbox_->heartbeat.load();
  // Two beats apart: the second proves that the spin loop itself is running.
  while (mailbox_->heartbeat.load() < before + 2) {
    if (!spin_) sched_yield();
    const auto now = Steady::now();
    if (now > deadline) return Death("between two calls");
    if (spin_ && now - looked > kHeldUp) held_up_ += now - looked;
    looked = now;
    if ((now.time_since_epoch().count() & 0xfff) == 0 && process_->Ended())
      return Death("between two calls");
  }
  heard_ = Steady::now();
  if (spin_ && heard_ - looked > kHeldUp) held_up_ += heard_ - looked;
  return std::nullopt;
}

bool RunnerProcess::StillOwed(nanoseconds waited, nanoseconds limit) {
  // On a busy machine the kernel may not have had its core: then it is owed
  // CPU time, not wall time. One that sleeps is given up all the same.
  constexpr int kWallFactor = 8;
  const auto used = process_->CpuTime();
  return used && *used - cpu_at_call_ < limit && waited < kWallFactor * limit;
}

Verdictless RunnerProcess::Await(uint32_t sequence, nanoseconds limit) {
  const auto start = Steady::now();
  auto next_look = start + std::chrono::milliseconds(2);
  while (mailbox_->done.load(std::memory_order_acquire) != sequence) {
    if (asleep_)
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    else if (!spin_)
      sched_yield();
    const auto now = Steady::now();
    if (now < next_look) continue;
    next_look = now + std::chrono::milliseconds(2);
    if (process_->Ended()) return Death("during a call");
    // Whoever writes over the mailbox may keep us from ever seeing the answer.
    if (auto forgery = FindForgery("during a call")) {
      Kill();
      return forgery;
    }
    if (now - start > limit && !StillOwed(now - start, limit))
      return GiveUp(limit);
  }
  return std::nullopt;
}

Failure RunnerProcess::GiveUp(nanoseconds limit) {
  const uint64_t resident = process_->ResidentBytes().value_or(0);
  Kill();
  const double seconds = std::chrono::duration<double>(limit).count();
  if (resident > memory_limit_ / 2)
    return WithOutput(
        {Code::kResource,
         format("took {} MiB of memory and did not return within {:.1f} s",
                resident >> 20, seconds), "resource_limits", ""});
  return WithOutput({Code::kTimeout,
                     format("ke_run did not return within {:.1f} s", seconds),
                     "timeout", ""});
}

Verdictless RunnerProcess::Call(nanoseconds limit, CallReport* report,
                                MailboxCommand command,
                                const std::function<void()>& at_return) {
  mailbox_->command.store(command);
  mailbox_->mxcsr.store(kNothingTold, std::memory_order_relaxed);
  cpu_at_call_ = process_->CpuTime().value_or(nanoseconds(0));
  const uint32_t sequence = ++sequence_;
  const auto start = Steady::now();
  mailbox_->sequence.store(sequence, std::memory_order_release);
  // The common case in a loop of its own: nothing but the word and the clock
  // stands between the kernel's return and our stop.
  const auto patience = start + std::chrono::milliseconds(2);
  auto stop = start;
  bool done = false;
  do {
    stop = Steady::now();
    done = mailbox_->done.load(std::memory_order_acquire) == sequence;
  } while (!done && spin_ && stop < patience);
  if (!done) {
    RETURN_IF_FAILED(Await(sequence, limit));
    stop = Steady::now();
  }
  // Never before `done` was seen, or a return in between would look like none. Of
  // one cache line with it: read before the line can come again.
  const uint32_t told = mailbox_->mxcsr.load();
  if (command == MailboxCommand::kLeave) return std::nullopt;
  if (at_return) at_return();
  report->judge_delay = held_up_ + (start - heard_) + (Steady::now() - stop);
  RETURN_IF_ERROR(Pause());
  report->elapsed = stop - start;
  if (command != MailboxCommand::kRun) return std::nullopt;
  report->done_before_return = told == kNothingTold;
  if (auto misdeed = FindMisdeed("during a call")) return misdeed;
  report->claimed = nanoseconds(mailbox_->claimed_ns.load());
  // What a call that was cut short has not told is not about its environment.
  const uint32_t mxcsr = mailbox_->mxcsr.load();
  report->fp_environment_kept =
      mxcsr == kNothingTold ||
      ((mxcsr & kMxcsrControlMask) == kDefaultMxcsr &&
       mailbox_->x87_control.load() == kDefaultX87Control);
  if (const int code = mailbox_->return_code.load(); code != 0)
    return WithOutput({Code::kRunFailed, format("ke_run returned {}", code),
                       "return_code", ""});
  return std::nullopt;
}

void RunnerProcess::Settle(CallReport* report) const {
  const auto used = process_->CpuTime();
  if (!used) return;
  report->early_cpu = *used - cpu_at_wake_ - cores_ * report->elapsed -
                      report->judge_delay;
}

Status RunnerProcess::Pause() {
  if (paused_) return {};
  RETURN_IF_ERROR(process_->Pause());
  paused_ = true;
  return {};
}

Verdictless RunnerProcess::IdleCpuTime(std::chrono::milliseconds window,
                                       nanoseconds* used) {
  CallReport ignored;
  RETURN_IF_FAILED(Arm());
  RETURN_IF_FAILED(
      Call(std::chrono::seconds(5), &ignored, MailboxCommand::kLeave));
  in_mailbox_ = false;
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ASSIGN_OR_RETURN(const nanoseconds before, process_->CpuTime());
  std::this_thread::sleep_for(window);
  ASSIGN_OR_RETURN(const nanoseconds after, process_->CpuTime());
  *used = after - before;
  return EnterMailbox();
}

std::optional<Failure> RunnerProcess::ExplainFault(
    const std::string& during) const {
  const int signal = mailbox_->fault_signal.load();
  if (signal == 0) return std::nullopt;
  FaultSite site{signal, mailbox_->fault_address.load(),
                 mailbox_->fault_was_write.load() != 0};
  return ExplainMemoryFault(site, binding_, bases_, workspace_base_,
                            workspace_place_, during);
}

std::optional<Failure> RunnerProcess::FindForgery(
    const std::string& during) const {
  char byte;
  if (recv(control_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
    return Forgery("into the judge's control channel when nothing had been asked,",
                   during);
  // Which is ours alone to write.
  if (mailbox_->sequence.load() != sequence_)
    return Forgery("over the word by which the judge asks for a call", during);
  return std::nullopt;
}

std::optional<Failure> RunnerProcess::FindMisdeed(
    const std::string& during) const {
  if (auto forgery = FindForgery(during)) return forgery;
  if (mailbox_->forks.load() > 0)
    return Failure{Code::kSandbox, "tried to start another process " + during,
                   "seccomp", ""};
  if (mailbox_->handlers_taken.load() > 0)
    return Failure{Code::kSandbox,
                   "tried to handle faults of memory itself (SIGSEGV, SIGBUS or "
                   "SIGSYS) " + during, "seccomp", ""};
  return std::nullopt;
}

std::vector<std::string> RunnerProcess::MappedCode() const {
  return CodeFiles(pid());
}

Failure RunnerProcess::Death(const std::string& during) {
  const ExitReport report =
      AwaitEnd(*process_, control_.get(), std::chrono::milliseconds(200));
  Failure failure = ExplainExit(report, during);
  if (report.limit.empty())
    if (auto fault = ExplainFault(during)) failure = *fault;
  // It lived and gave no answer: perhaps for what it wrote instead.
  if (report.timed_out)
    if (auto forgery = FindForgery(during)) failure = *forgery;
  return WithOutput(std::move(failure));
}

Failure RunnerProcess::WithOutput(Failure failure) const {
  failure.log = Sanitize(process_->Printed(), kLogBytes);
  return failure;
}

void RunnerProcess::Kill() {
  if (process_) process_->Kill();
}

}  // namespace kernelevolve::worker
