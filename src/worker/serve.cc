#include "worker/serve.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "base/format.h"
#include "core/evaluation_json.h"
#include "core/only_shapes.h"
#include "wire/frame.h"
#include "worker/gpu/candidate/gpu_front.h"
#include "worker/judge/checks.h"
#include "worker/judge/own_machine.h"
#include "worker/sandbox/self_test.h"
#include "worker/timing/lane.h"

namespace kernelevolve::worker {
namespace {

constexpr const char* kVersion = "0.1.0";

class Server {
 public:
  Server(const ServeOptions& options, const Machine& machine, const Lane& lane)
      : options_(options), judge_(machine, lane),
        gpu_(machine, {options.device, options.lane_lock.empty()
                                           ? machine.scratch / "lane.lock"
                                           : options.lane_lock}) {}

  int Run();

 private:
  Json Handle(const Json& request);
  Json Evaluate(const Json& request, int64_t id);
  Json CheckTask(const Json& request, int64_t id);

  const ServeOptions& options_;
  Judge judge_;
  gpu::GpuFront gpu_;
};

Json Server::Evaluate(const Json& request, int64_t id) {
  auto parsed = wire::EvaluateRequestFromJson(request);
  if (!parsed) return wire::ErrorMessage(id, parsed.error());
  const auto progress = [&](const std::string& phase) {
    // The engine's death shows at the next read.
    (void)WriteFrame(options_.output_fd,
                     {{"type", "progress"}, {"id", id}, {"phase", phase}});
  };
  auto evaluation = parsed->target.device_kind == "gpu"
                        ? gpu_.Evaluate(*parsed, progress)
                        : judge_.Evaluate(*parsed, progress);
  if (!evaluation) return wire::ErrorMessage(id, evaluation.error());
  if (std::string note = OnlyShapesNote(parsed->task); !note.empty())
    evaluation->notes.push_back(std::move(note));
  return wire::EvaluationMessage(id, *evaluation);
}

Json Server::CheckTask(const Json& request, int64_t id) {
  auto parsed = wire::CheckTaskRequestFromJson(request);
  if (!parsed) return wire::ErrorMessage(id, parsed.error());
  auto findings = judge_.CheckTask(*parsed);
  if (!findings) return wire::ErrorMessage(id, findings.error());
  return wire::FindingsMessage(id, *findings);
}

Json Server::Handle(const Json& request) {
  const std::string type = GetString(request, "type").value_or("");
  const int64_t id = GetInteger(request, "id").value_or(0);
  if (type == "evaluate") return Evaluate(request, id);
  if (type == "check_task") return CheckTask(request, id);
  return wire::ErrorMessage(id, {ErrorCode::kBadInput, "unknown request: " + type});
}

int Server::Run() {
  while (true) {
    auto request = ReadFrame(options_.input_fd);
    if (!request) {
      if (request.error().code == ErrorCode::kInfrastructure) return 0;
      std::fprintf(stderr, "kernelevolve-worker: %s\n",
                   request.error().message.c_str());
      return 4;
    }
    if (GetString(*request, "type") == "shutdown") return 0;
    if (!WriteFrame(options_.output_fd, Handle(*request))) return 0;
  }
}

wire::Hello MakeHello(Sandbox& sandbox, const ServeOptions& options) {
  wire::Hello hello;
  hello.version = kVersion;
  hello.capabilities = {"evaluate", "check_task"};
  hello.device = options.device ? DescribeGpu(*options.device) : DescribeDevice();
  hello.toolchain = DescribeToolchain(options.device.has_value());
  if (!options.unsafe_no_sandbox)
    hello.sandbox = RunSelfTest(sandbox, options.self_test);
  return hello;
}

int Refuse(const ServeOptions& options, const Error& error) {
  std::fprintf(stderr, "kernelevolve-worker: %s\n", error.message.c_str());
  (void)WriteFrame(options.output_fd, wire::ErrorMessage(0, error));
  return error.code == ErrorCode::kMissing ? 3 : 4;
}

}  // namespace

int Serve(const ServeOptions& options) {
  signal(SIGPIPE, SIG_IGN);
  auto own = OwnMachine::Create(
      options.scratch, {.unsafe_no_sandbox = options.unsafe_no_sandbox,
                        .leave_out = options.leave_out});
  if (!own) return Refuse(options, own.error());
  const wire::Hello hello = MakeHello((*own)->sandbox(), options);
  if (const auto why = WhyNotToServe(hello.sandbox)) return Refuse(options, *why);
  const Machine& machine = (*own)->machine();
  const Lane lane(options.lane_lock.empty() ? machine.scratch / "lane.lock"
                                            : options.lane_lock,
                  /*crowded=*/AllowedCpus().size() <= 4);
  if (!WriteFrame(options.output_fd, wire::ToJson(hello))) return 0;
  return Server(options, machine, lane).Run();
}

int PrintChecks() {
  for (const CheckInfo& info : AllChecks())
    std::printf("%-20s %s  %s\n", info.name.c_str(), info.gate.c_str(),
                info.summary.c_str());
  return 0;
}

int PrintSelfTest(bool json) {
  auto sandbox = MakeSandbox({});
  if (!sandbox) {
    std::fprintf(stderr, "%s\n", sandbox.error().message.c_str());
    return 3;
  }
  const auto layers = RunSelfTest(**sandbox);
  Json list = Json::array();
  bool all = true;
  for (const wire::SandboxLayer& layer : layers) {
    all = all && layer.working;
    list.push_back({{"name", layer.name},
                    {"working", layer.working},
                    {"detail", layer.detail}});
    if (!json)
      std::printf("%-42s %s%s%s\n", layer.name.c_str(),
                  layer.working ? "holds" : "BROKEN",
                  layer.detail.empty() ? "" : "  ", layer.detail.c_str());
  }
  if (json) std::printf("%s\n", DumpJson({{"layers", std::move(list)}}).c_str());
  return all ? 0 : 3;
}

}  // namespace kernelevolve::worker
