#include "worker/gpu/host/host_process.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "base/check.h"
#include "base/format.h"
#include "base/text.h"
#include "wire/frame.h"
#include "worker/run/death.h"

namespace kernelevolve::worker::gpu {
namespace {

using std::chrono::seconds;

constexpr seconds kLendLimit{60};
// Extensions and kernels are compiled meanwhile.
constexpr seconds kLoadLimit{240}, kPrepareLimit{120};
constexpr std::chrono::milliseconds kDeathLimit{500};
constexpr size_t kMessageBytes = 1000, kLogBytes = 6000, kNameBytes = 60;
constexpr size_t kMostNames = 12;
constexpr double kLeastSeen = 0.5;  // of a wait, by a clock that tells the truth
// What the system may charge to a process that is about to stop.
constexpr std::chrono::microseconds kPausedSlack{500};
constexpr const char* kDuring = "while its host code ran on the device";
// What the process may say of its candidate.
constexpr Code kCodes[] = {Code::kBuildFailed, Code::kContract, Code::kEarlyExit,
                           Code::kGpuFault,    Code::kLaunchFail,
                           Code::kResource,    Code::kRunFailed};

int ToMs(std::chrono::nanoseconds limit) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit);
  return static_cast<int>(std::clamp<int64_t>(ms.count() + 1, 1, 1'000'000));
}

Failure Forged(const std::string& what) {
  return {Code::kResultForgery,
          format("wrote something of its own into the judge's channel: {}", what),
          "control_channel", ""};
}

Failure ReadFailure(const Json& reply) {
  const auto code = ParseCode(GetString(reply, "code").value_or(""));
  if (!code || std::ranges::find(kCodes, *code) == std::end(kCodes))
    return Forged("an unknown failure");
  return {*code,
          Sanitize(GetString(reply, "message").value_or("its host code failed"),
                   kMessageBytes),
          "host_code",
          Sanitize(GetString(reply, "log").value_or(""), kLogBytes)};
}

HostClaims ReadClaims(const Json& reply) {
  HostClaims claims;
  const Json& names = GetMember(reply, "operations");
  for (const Json& name : names.is_array() ? names : Json::array())
    if (name.is_string() && claims.operations.size() < kMostNames)
      claims.operations.push_back(Sanitize(name.get<std::string>(), kNameBytes));
  claims.launches = GetInteger(reply, "launches").value_or(0);
  claims.extension = GetBool(reply, "extension").value_or(false);
  return claims;
}

Json TensorJson(const TensorSpec& tensor, const ShapeCase& shape,
                const LentPlace& place) {
  return {{"id", place.id},
          {"offset", place.offset},
          {"dtype", std::string(DTypeName(tensor.dtype))},
          {"shape", Extents(tensor, shape)}};
}

}  // namespace

Result<std::unique_ptr<HostProcess>> HostProcess::Start(HostSpare& spare,
                                                        const Task& task,
                                                        HostCode code,
                                                        bool watched) {
  ASSIGN_OR_RETURN(const auto launch, spare.Take(watched));
  return std::unique_ptr<HostProcess>(new HostProcess(
      task, std::move(code), launch->TakeChannel(), launch->TakeProcess()));
}

Status HostProcess::Lend(int64_t id, int descriptor, uint64_t bytes,
                         bool writable) {
  const Json request = {{"command", "lend"}, {"id", id}, {"bytes", bytes},
                        {"writable", writable}};
  ASSIGN_OR_RETURN(const auto escaped, Wake());
  if (escaped) return Broken(escaped->message);
  RETURN_IF_ERROR(WriteFrameWithDescriptor(channel_.get(), request, descriptor));
  ASSIGN_OR_RETURN(const Json reply, ReadFrame(channel_.get(), ToMs(kLendLimit)));
  RETURN_IF_ERROR(Rest());
  if (GetBool(reply, "ok").value_or(false)) return {};
  return Broken("lending memory to host code: " +
                Sanitize(GetString(reply, "message").value_or(""), kMessageBytes));
}

Failure HostProcess::Death(const Error& error, std::chrono::nanoseconds limit) {
  usable_ = false;
  if (error.code == ErrorCode::kBadInput) {
    process_->Kill();
    return Forged(Sanitize(error.message, kMessageBytes));
  }
  const ExitReport report = AwaitEnd(*process_, channel_.get(), kDeathLimit);
  Failure failure = ExplainExit(report, kDuring);
  if (report.timed_out && report.limit.empty())
    failure = {Code::kTimeout,
               format("host code did not return within {:.1f} s",
                      std::chrono::duration<double>(limit).count()),
               "timeout", ""};
  failure.log = Sanitize(report.errors + report.output, kLogBytes);
  return failure;
}

Status HostProcess::Rest() {
  paused_ = true;
  const Status stopped = process_->Pause();
  // One that has ended says so at the next request.
  if (stopped || process_->Ended()) return {};
  usable_ = false;
  process_->Kill();
  return Broken("the process for host code cannot be paused: " +
                stopped.error().message);
}

Verdictless HostProcess::Wake() {
  if (!paused_) return std::nullopt;
  paused_ = false;
  if (process_->RanWhilePaused() > kPausedSlack) {
    usable_ = false;
    process_->Kill();
    return Failure{Code::kAsyncEscape, "ran on between calls, though it had been "
                   "stopped", "pauses", ""};
  }
  if (const Status resumed = process_->Resume(); !resumed)
    return Death(resumed.error(), kDeathLimit);
  return std::nullopt;
}

Verdictless HostProcess::Ask(const Json& request, std::chrono::nanoseconds limit,
                             Json* reply, const AtReply& at_reply) {
  if (!usable_) return Broken("the process for host code is of no more use");
  RETURN_IF_FAILED(Wake());
  if (const Status sent = WriteFrame(channel_.get(), request); !sent)
    return Death(sent.error(), limit);
  auto answer = ReadFrame(channel_.get(), ToMs(limit));
  if (!answer) return Death(answer.error(), limit);
  *reply = *std::move(answer);
  const bool ok = GetBool(*reply, "ok").value_or(false);
  if (ok && at_reply) RETURN_IF_ERROR(at_reply());
  RETURN_IF_ERROR(Rest());
  if (ok) return std::nullopt;
  if (GetBool(*reply, "lost").value_or(true)) usable_ = false;
  return ReadFailure(*reply);
}

Verdictless HostProcess::Load() {
  if (loaded_) return std::nullopt;
  Json reply;
  RETURN_IF_FAILED(Ask({{"command", "load"},
                        {"source", code_.source},
                        {"parameters", code_.parameters},
                        {"reference", code_.reference}},
                       kLoadLimit, &reply));
  loaded_ = true;
  asks_for_workspace_ = GetBool(reply, "workspace").value_or(false);
  return std::nullopt;
}

Json HostProcess::BindingOf(const char* command, const KernelCall& call) const {
  Json inputs = Json::array(), outputs = Json::array();
  Json attributes = Json::array();
  for (size_t i = 0; i < task_.inputs.size(); ++i)
    inputs.push_back(
        TensorJson(task_.inputs[i], call.shape, call.places.inputs[i]));
  for (size_t i = 0; i < task_.outputs.size(); ++i)
    outputs.push_back(
        TensorJson(task_.outputs[i], call.shape, call.places.outputs[i]));
  const std::vector<double> values = task_.AttributeValues(call.shape);
  for (size_t i = 0; i < values.size(); ++i)
    attributes.push_back(
        {{"name", task_.attributes[i].name}, {"value", values[i]}});
  Json json = {{"command", command},
               {"inputs", std::move(inputs)},
               {"outputs", std::move(outputs)},
               {"attributes", std::move(attributes)}};
  if (call.places.workspace && call.plan.workspace_bytes > 0)
    json["workspace"] = {{"id", call.places.workspace->id},
                         {"offset", call.places.workspace->offset},
                         {"bytes", call.plan.workspace_bytes}};
  return json;
}

Verdictless HostProcess::AskWorkspace(const KernelCall& call, uint64_t* bytes) {
  *bytes = 0;
  RETURN_IF_FAILED(Load());
  if (!asks_for_workspace_) return std::nullopt;
  Json reply;
  RETURN_IF_FAILED(Ask(BindingOf("workspace", call), kPrepareLimit, &reply));
  const auto asked = GetInteger(reply, "bytes");
  if (!asked || *asked < 0) return Forged("a workspace of no size");
  *bytes = static_cast<uint64_t>(*asked);
  return std::nullopt;
}

Verdictless HostProcess::Prepare(const KernelCall& call, BindReport* report) {
  RETURN_IF_FAILED(Load());
  Json reply;
  RETURN_IF_FAILED(Ask(BindingOf("bind", call), kPrepareLimit, &reply));
  claims_ = ReadClaims(reply);
  if (GetBool(reply, "unjoined").value_or(false))
    return Failure{Code::kAsyncEscape,
                   "returns with work on a stream that the call's stream does not "
                   "wait for", "host_code", ""};
  if (GetNumber(reply, "clock_share").value_or(1) < kLeastSeen)
    return Failure{Code::kClockTamper,
                   "a clock of Python's saw less than half of a wait of some "
                   "milliseconds", "clock_claim", ""};
  if (!report) return std::nullopt;
  report->graph = GetString(reply, "how") == "graph";
  report->why = Sanitize(GetString(reply, "why").value_or(""), kMessageBytes);
  return std::nullopt;
}

Verdictless HostProcess::Run(std::chrono::nanoseconds limit, double* host_ns) {
  return CallOnce(/*plain=*/false, limit, nullptr, host_ns);
}

Verdictless HostProcess::RunAsUsed(std::chrono::nanoseconds limit, double* host_ns) {
  return CallOnce(/*plain=*/true, limit, nullptr, host_ns);
}

Verdictless HostProcess::RunThen(std::chrono::nanoseconds limit,
                                 const AtReply& at_reply, double* host_ns) {
  return CallOnce(/*plain=*/false, limit, at_reply, host_ns);
}

Verdictless HostProcess::CallOnce(bool plain, std::chrono::nanoseconds limit,
                                  const AtReply& at_reply, double* host_ns) {
  Json reply;
  RETURN_IF_FAILED(Ask({{"command", "call"}, {"plain", plain}}, limit, &reply,
                       at_reply));
  const auto microseconds = GetNumber(reply, "us");
  if (!microseconds || !std::isfinite(*microseconds) || *microseconds < 0)
    return Forged("a time that is none");
  *host_ns = *microseconds * 1e3;
  return std::nullopt;
}

Verdictless HostProcess::LetRun(std::chrono::nanoseconds time) {
  RETURN_IF_FAILED(Wake());
  std::this_thread::sleep_for(time);
  RETURN_IF_ERROR(Rest());
  return std::nullopt;
}

Verdictless HostProcess::Time(const TimeRequest& request,
                              std::chrono::nanoseconds limit,
                              std::vector<TimeSample>* samples) {
  for (int call = 0; call < request.repeat; ++call) {
    double host_ns = 0;
    RETURN_IF_FAILED(Run(limit, &host_ns));
    samples->push_back({host_ns * 1e-3, static_cast<int64_t>(host_ns)});
  }
  return std::nullopt;
}

Verdictless HostProcess::LeaveOutKernels() {
  CHECK(!loaded_);
  Json reply;
  return Ask({{"command", "ghost"}}, kLendLimit, &reply);
}

Verdictless HostProcess::StandIn(int number, std::chrono::nanoseconds limit,
                                 std::string* operation) {
  Json reply;
  RETURN_IF_FAILED(Ask({{"command", "stand_in"}, {"number", number}}, limit, &reply));
  *operation = Sanitize(GetString(reply, "operation").value_or(""), kNameBytes);
  return std::nullopt;
}

Verdictless HostProcess::Copies(int number, std::chrono::nanoseconds limit,
                                bool* copied) {
  Json reply;
  RETURN_IF_FAILED(Ask({{"command", "copied"}, {"number", number}}, limit, &reply));
  *copied = GetBool(reply, "copied").value_or(false);
  return std::nullopt;
}

HostCode EmptyHostCode() {
  HostCode code;
  code.source =
      "import torch\n\n\n"
      "def run(*inputs, outputs, workspace, **attributes):\n"
      "    if outputs[0].is_cuda:\n"
      "        torch.cuda._sleep(0)\n";
  return code;
}

}  // namespace kernelevolve::worker::gpu
