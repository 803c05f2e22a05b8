#include "worker/gpu/launcher/launcher_process.h"

#include <algorithm>

#include "base/format.h"
#include "base/socket_pair.h"
#include "core/launch_plan_json.h"
#include "wire/frame.h"
#include "wire/pass_descriptor.h"
#include "worker/gpu/launcher/module_file.h"

namespace kernelevolve::worker::gpu {
namespace {

using std::chrono::seconds;

// Contexts of a device are made one after the other, and a sanitizer is slow.
constexpr seconds kGreetingLimit{60};
constexpr seconds kShortLimit{60};

int ToMs(std::chrono::nanoseconds limit) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit);
  return static_cast<int>(std::clamp<int64_t>(ms.count() + 1, 1, 1'000'000));
}

std::string StageOf(const Json& request) {
  return GetString(request, "op").value_or("");
}

}  // namespace

Result<std::unique_ptr<LauncherProcess>> LauncherProcess::Start(
    const LauncherOptions& options) {
  ASSIGN_OR_RETURN(SocketPair sockets, MakeSocketPair());
  ChildSpec spec;
  spec.argv = options.wrapper;
  spec.argv.insert(spec.argv.end(),
                   {options.worker_binary.string(), "launcher", "--device",
                    format("{}", options.device), "--driver", options.driver});
  spec.pipe_output = false;
  spec.error_log = options.log.empty() ? fs::path("/dev/null") : options.log;
  spec.passed = sockets.theirs.get();
  ASSIGN_OR_RETURN(Child child, Child::Start(spec));
  sockets.theirs.Reset();  // so that its end is seen
  std::unique_ptr<LauncherProcess> process(
      new LauncherProcess(std::move(child), std::move(sockets.ours), spec.error_log));
  RETURN_IF_ERROR(process->Greet());
  return process;
}

LauncherProcess::~LauncherProcess() { child_.Kill(); }

std::optional<ChildExit> LauncherProcess::Quit(std::chrono::milliseconds limit) {
  socket_.Reset();
  usable_ = false;
  const auto ended = child_.Wait(limit);
  if (!ended) child_.Kill();
  return ended;
}

Status LauncherProcess::Greet() {
  const auto hello = ReadFrame(socket_.get(), ToMs(kGreetingLimit));
  if (!hello) {
    usable_ = false;
    return Broken("the launcher does not start: " + hello.error().message);
  }
  if (GetBool(*hello, "ok").value_or(false)) {
    arch_ = GetInteger(GetMember(*hello, "device"), "arch").value_or(0);
    return {};
  }
  usable_ = false;
  const std::string message = GetString(*hello, "message").value_or("");
  return GetBool(*hello, "missing").value_or(false)
             ? Status(Missing(message))
             : Status(Broken("the launcher does not start: " + message));
}

Status LauncherProcess::Tell(const Json& request, int descriptor) {
  if (!usable_) return Broken("the launcher is of no more use");
  Status sent = WriteFrame(socket_.get(), request);
  if (sent && descriptor >= 0) sent = SendDescriptor(socket_.get(), descriptor);
  if (!sent) usable_ = false;
  return sent;
}

Verdictless LauncherProcess::NoAnswer(const std::string& stage, Nanoseconds limit) {
  usable_ = false;
  const auto ended = child_.Wait(std::chrono::milliseconds(200));
  child_.Kill();
  if (ended)
    return Broken(format("the launcher ended at {}: {}", stage, ended->ToString()));
  return Failure{Code::kTimeout,
                 format("did not end within {:.1f} s",
                        std::chrono::duration<double>(limit).count()),
                 stage, ""};
}

Verdictless LauncherProcess::Ask(const Json& request, int descriptor,
                                 Nanoseconds limit, Json* reply) {
  RETURN_IF_ERROR(Tell(request, descriptor));
  auto answer = ReadFrame(socket_.get(), ToMs(limit));
  if (!answer) return NoAnswer(StageOf(request), limit);
  *reply = *std::move(answer);
  if (GetBool(*reply, "ok").value_or(false)) return std::nullopt;
  if (GetMember(*reply, "cuda").is_null()) {
    usable_ = false;
    return Broken(format("the launcher at {}: {}", StageOf(request),
                         GetString(*reply, "message").value_or("no reason")));
  }
  ASSIGN_OR_RETURN(const CudaReport report, CudaReportFromJson(*reply));
  if (report.sticky) usable_ = false;
  if (IsDeviceTrouble(report)) {
    usable_ = false;
    return Broken(format("the device failed at {}: {}", report.stage, report.name));
  }
  Failure failure = FailureOf(report);
  if (report.stage == "load" && failure.code == Code::kLaunchFail)
    failure.message += format("; the device is sm_{}", arch_);
  return failure;
}

Status LauncherProcess::Lend(int id, const LentMemory& memory, bool writable) {
  const Json request = {{"op", "lend"}, {"id", id}, {"bytes", memory.bytes()},
                        {"writable", writable}};
  Json reply;
  ASSIGN_OR_RETURN(const auto failed, Ask(request, memory.fd(), kShortLimit, &reply));
  if (failed) return Broken("lending memory: " + failed->message);
  return {};
}

Status LauncherProcess::Unlend(int id) {
  Json reply;
  ASSIGN_OR_RETURN(const auto failed,
                   Ask({{"op", "unlend"}, {"id", id}}, -1, kShortLimit, &reply));
  if (failed) return Broken("taking memory back: " + failed->message);
  return {};
}

Verdictless LauncherProcess::AllocateFilled(int id, std::string contents) {
  const uint64_t bytes = contents.size();
  ASSIGN_OR_RETURN(const Fd file, WriteModules({std::move(contents)}));
  Json reply;
  return Ask(ToJson(AllocateRequest{id, bytes, {}, true}), file.get(),
             kShortLimit, &reply);
}

Verdictless LauncherProcess::AllocateCopy(int id, const LentPlace& copy_of,
                                          uint64_t bytes) {
  Json reply;
  return Ask(ToJson(AllocateRequest{id, bytes, copy_of, false}), -1, kShortLimit,
             &reply);
}

Verdictless LauncherProcess::Allocate(int id, uint64_t bytes) {
  Json reply;
  return Ask(ToJson(AllocateRequest{id, bytes, {}, false}), -1, kShortLimit,
             &reply);
}

Verdictless LauncherProcess::Scrub(const ShapePlan& plan,
                                   const std::vector<std::string>& modules) {
  return SendOwn("scrub", plan, modules, {});
}

Verdictless LauncherProcess::Pause(const ShapePlan& plan,
                                   const std::vector<std::string>& modules) {
  return SendOwn("pause", plan, modules, {});
}

Verdictless LauncherProcess::Sweep(const ShapePlan& plan,
                                   const std::vector<std::string>& modules,
                                   const LentPlace& over) {
  return SendOwn("sweep", plan, modules, {over});
}

Verdictless LauncherProcess::SendOwn(const char* op, const ShapePlan& plan,
                                     const std::vector<std::string>& modules,
                                     const std::vector<LentPlace>& inputs) {
  LaunchPlan one;
  one.shapes.push_back(plan);
  Json reply;
  return SendPlan({{"op", op}, {"inputs", ToJson(inputs)}}, one, modules, &reply);
}

Verdictless LauncherProcess::SendPlan(Json request, const LaunchPlan& plan,
                                      const std::vector<std::string>& modules,
                                      Json* reply) {
  ASSIGN_OR_RETURN(const Fd file, WriteModules(modules));
  Json lengths = Json::array();
  for (const std::string& module : modules) lengths.push_back(module.size());
  request["modules"] = std::move(lengths);
  request["plan"] = PlanToJson(plan);
  return Ask(request, file.get(), kShortLimit, reply);
}

Verdictless LauncherProcess::Load(const ShapePlan& plan,
                                  const std::vector<std::string>& modules) {
  LaunchPlan one;
  one.shapes.push_back(plan);
  Json reply;
  if (loaded_ == modules && !modules.empty())
    return Ask({{"op", "load_next"}, {"plan", PlanToJson(one)}}, -1, kShortLimit,
               &reply);
  loaded_.clear();
  RETURN_IF_FAILED(SendPlan({{"op", "load"}}, one, modules, &reply));
  loaded_ = modules;
  return std::nullopt;
}

Verdictless LauncherProcess::Bind(const BindRequest& request, BindReport* report) {
  Json reply;
  RETURN_IF_FAILED(Ask(ToJson(request), -1, kShortLimit, &reply));
  if (!report) return std::nullopt;
  report->graph = GetString(reply, "how") == "graph";
  report->why = GetString(reply, "why").value_or("");
  return std::nullopt;
}

Verdictless LauncherProcess::Setup() {
  Json reply;
  return Ask({{"op", "setup"}}, -1, kShortLimit, &reply);
}

Verdictless LauncherProcess::Prepare(const KernelCall& call,
                                     BindReport* report) {
  RETURN_IF_FAILED(Load(call.plan, call.modules));
  RETURN_IF_FAILED(Bind(call.places, report));
  return Setup();
}

Verdictless LauncherProcess::Run(Nanoseconds limit, double* host_ns) {
  Json reply;
  RETURN_IF_FAILED(Ask(ToJson(RunRequest{}), -1, limit, &reply));
  *host_ns = GetNumber(reply, "host_ns").value_or(0);
  return std::nullopt;
}

Verdictless LauncherProcess::RunInARow(const RunRequest& request,
                                       Nanoseconds limit) {
  Json reply;
  return Ask(ToJson(request), -1, limit * request.calls, &reply);
}

Verdictless LauncherProcess::Time(const TimeRequest& request, Nanoseconds limit,
                                  std::vector<TimeSample>* samples) {
  Json reply;
  RETURN_IF_FAILED(Ask(ToJson(request), -1, limit * request.repeat, &reply));
  ASSIGN_OR_RETURN(*samples, SamplesFromJson(GetMember(reply, "samples")));
  return std::nullopt;
}

}  // namespace kernelevolve::worker::gpu
