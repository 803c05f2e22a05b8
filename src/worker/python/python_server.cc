#include "worker/python/python_server.h"

#include <sys/socket.h>

#include "base/format.h"
#include "base/socket_pair.h"
#include "base/text.h"
#include "process/find_python.h"
#include "wire/frame.h"

namespace kernelevolve::worker {
namespace {

constexpr const char* kInsideRunners = "/ke/runners";
constexpr size_t kLogBytes = 4000;
// What a process that is asked to die needs at most.
constexpr std::chrono::seconds kDeathLimit{5};

int Milliseconds(std::chrono::milliseconds limit) {
  return static_cast<int>(limit.count());
}

}  // namespace

PythonServer::PythonServer(Sandbox& sandbox, PythonServerOptions options,
                           const StopCondition& stop)
    : sandbox_(&sandbox), options_(std::move(options)), stop_(&stop) {}

PythonServer::~PythonServer() { Stop(); }

Verdictless PythonServer::Ask(const Json& request,
                              std::chrono::milliseconds limit, Json* reply) {
  if (process_ && process_->Ended()) Stop();
  if (!process_) RETURN_IF_ERROR(Start());
  if (Status sent = WriteFrame(channel_.get(), request); !sent) {
    if (sent.error().code == ErrorCode::kBadInput) return Fail(sent.error());
    return Death();
  }
  auto answer = ReadFrame(channel_.get(), Milliseconds(limit));
  if (!answer) return Death();
  *reply = *std::move(answer);
  return std::nullopt;
}

Status PythonServer::Start() {
  if (!python_) {
    ASSIGN_OR_RETURN(const fs::path program, FindPython("torch", *stop_));
    ASSIGN_OR_RETURN(const fs::path hidden, DataFolder());
    ASSIGN_OR_RETURN(python_, DescribePython(program, hidden, *stop_));
  }
  ASSIGN_OR_RETURN(SocketPair sockets, MakeSocketPair());
  channel_ = std::move(sockets.ours);
  const Fd theirs = std::move(sockets.theirs);
  SandboxSpec spec = Spec(*python_);
  spec.descriptors = {theirs.get()};
  ASSIGN_OR_RETURN(process_, sandbox_->Launch(spec));
  return Greet();
}

SandboxSpec PythonServer::Spec(const PythonEnvironment& python) const {
  SandboxSpec spec;
  // -B: its folder is read-only; -u: what it says last must not be lost.
  spec.argv = {python.program, "-B", "-u",
               format("{}/{}", kInsideRunners, options_.script), "--fd", "3"};
  spec.argv.insert(spec.argv.end(), options_.arguments.begin(),
                   options_.arguments.end());
  spec.environment.push_back("PYTHONPATH=" + python.search_path);
  spec.binds = python.binds;
  spec.binds.push_back({options_.runners, kInsideRunners});
  spec.limits = options_.limits;
  spec.profile = SyscallProfile::kBuild;
  return spec;
}

Status PythonServer::Greet() {
  auto greeting = ReadFrame(channel_.get(), Milliseconds(options_.start_limit));
  if (!greeting) {
    const ExitReport report = process_->Wait(std::chrono::milliseconds(0));
    Stop();
    return Broken(format("{} did not start: {}\n{}", options_.script,
                         greeting.error().message,
                         Sanitize(report.errors, kLogBytes)));
  }
  greeting_ = *std::move(greeting);
  if (GetBool(greeting_, "ready").value_or(false)) return {};
  Stop();
  return Missing(format(
      "{} cannot work with {}: {}; make the environment with "
      "scripts/setup-python.sh torch",
      options_.script, python_->program,
      Sanitize(GetString(greeting_, "message").value_or("no reason given"), 500)));
}

Failure PythonServer::Death() {
  const bool alive = !process_->Ended();
  process_->Kill();
  const ExitReport report = process_->Wait(kDeathLimit);
  Stop();
  const std::string log = Sanitize(report.errors, kLogBytes);
  if (report.limit == "memory")
    return {Code::kResource, "running its host code took too much memory",
            "record", log};
  if (alive)
    return {Code::kTimeout, "its host code kept the recorder from answering",
            "record", log};
  return {Code::kRunFailed,
          format("its host code ended the recorder (signal {}, exit code {}{})",
                 report.signal, report.exit_code,
                 report.limit.empty() ? "" : ", limit: " + report.limit),
          "record", log};
}

void PythonServer::Stop() {
  process_.reset();
  channel_.Reset();
}

}  // namespace kernelevolve::worker
