#include "worker/gpu/candidate/gpu_front.h"

#include <unistd.h>

#include <charconv>
#include <chrono>

#include "base/digest.h"
#include "base/format.h"
#include "base/random.h"
#include "base/text.h"
#include "core/device_bound.h"
#include "core/evaluation_json.h"
#include "worker/gpu/candidate/record_request.h"
#include "worker/gpu/candidate/sass.h"
#include "worker/gpu/candidate/spare_core.h"
#include "worker/gpu/candidate/static_facts.h"
#include "worker/gpu/driver/device_info.h"
#include "worker/gpu/server/device_messages.h"
#include "worker/judge/candidate_build.h"
#include "worker/judge/finish.h"
#include "worker/judge/ms_since.h"

namespace kernelevolve::worker::gpu {
namespace {

using Steady = std::chrono::steady_clock;

Evaluation NoDevice(Evaluation evaluation, std::string why) {
  evaluation.status = VerdictStatus::kInconclusive;
  evaluation.code = Code::kNoDevice;
  evaluation.message = std::move(why);
  return evaluation;
}

// Only a device could say what such a file is worth (tier H).
Evaluation NotRunAsHost(Evaluation evaluation, const Failure& no_plan,
                        const std::string& why) {
  FinishEvaluation(Evidence{}, no_plan, &evaluation);
  evaluation.failed_check.clear();
  return NoDevice(std::move(evaluation),
                  format("no launch plan holds it ({}), and its host code could "
                         "not be run (tier H): {}",
                         Sanitize(no_plan.message, 1000), Sanitize(why, 500)));
}

Evaluation BuiltOnly(Evaluation evaluation) {
  evaluation.status = VerdictStatus::kInconclusive;
  evaluation.code = Code::kOk;
  evaluation.message = "built; nothing was run";
  return evaluation;
}

}  // namespace

std::optional<int> ArchOf(const std::string& device) {
  constexpr std::string_view kPrefix = "sm_";
  if (!device.starts_with(kPrefix)) return std::nullopt;
  int arch = 0;
  const char* begin = device.data() + kPrefix.size();
  const auto parsed = std::from_chars(begin, device.data() + device.size(), arch);
  if (parsed.ec != std::errc() || parsed.ptr != device.data() + device.size())
    return std::nullopt;
  return arch;
}

GpuFront::GpuFront(const Machine& machine, const GpuFrontOptions& options)
    : machine_(machine), options_(options),
      client_({machine.worker_binary, options.device.value_or(0),
               options.lane_lock, machine.unsafe_no_sandbox}) {}

const GpuFront::Device& GpuFront::FindDevice(const Progress& progress) {
  if (device_) return *device_;
  device_.emplace();
  if (!options_.device) {
    device_->absent = "there is no NVIDIA device here";
    return *device_;
  }
  const auto driver = Driver::Open();
  const auto info = driver ? QueryDevice(**driver, *options_.device)
                           : Result<DeviceInfo>(Fail(driver.error()));
  if (!info) {
    device_->absent = info.error().message;
    return *device_;
  }
  device_->arch = info->arch();
  device_->facts = DeviceToJson(*info);
  // It warms up while we compile; what it cannot do it says when asked to judge.
  (void)client_.Ask(FactsMessage(), progress);
  // Compilers of many workers must not keep the device waiting for its judge,
  // which has started by now and keeps the priority that we had.
  constexpr int kBehindTheJudge = 5;
  (void)::nice(kBehindTheJudge);
  return *device_;
}

Verdictless GpuFront::RecordPython(const wire::EvaluateRequest& request,
                                   const Json& ask, RecordedKernel* recorded) {
  if (auto failure = CheckParameters(request.candidate)) return failure;
  if (!python_) {
    ASSIGN_OR_RETURN(const fs::path data, DataFolder());
    PythonRecorderOptions options;
    options.runners = data / "runners" / "python";
    options.architectures = request.target.device.substr(3);
    python_ = std::make_unique<PythonRecorder>(*machine_.sandbox, options, never_);
  }
  // A ModelNew is built as the Model that it replaces.
  Json whole = ask;
  const auto reference = request.task.files.find(request.task.reference_torch);
  if (reference != request.task.files.end()) whole["reference"] = reference->second;
  return python_->Record(request.candidate.source, whole, recorded);
}

Verdictless GpuFront::Record(const wire::EvaluateRequest& request,
                             const Device& device, int arch, Disassemblies* sass,
                             RecordedKernel* recorded, Evaluation* evaluation) {
  const Json facts = device.facts.is_null() || device.arch != arch
                         ? TypicalDevice(arch) : device.facts;
  const Json ask = MakeRecordRequest(request, ShapesToRecord(request), arch, facts);
  const auto start = Steady::now();
  Verdictless outcome = std::nullopt;
  if (request.target.language == "triton") {
    outcome = RecordPython(request, ask, recorded);
  } else {
    ASSIGN_OR_RETURN(const CheckSet checks,
                     CheckSet::Without(request.disabled_checks));
    BuildRequest build;
    build.on_image = [&](const std::string& image) {
      // In vain if the kernel is not accepted: only on a core without work.
      if (CoreToSpare(machine_.all_cpus.size())) sass->Begin(image);
    };
    BuildResult built;
    outcome = BuildLibrary(machine_, request.target.compile, request.candidate,
                           checks, &build, &built);
    evaluation->phases.compiler = built.milliseconds;
    evaluation->log = built.log;
    if (outcome && !*outcome)
      outcome = RecordCuda(*machine_.sandbox, machine_.worker_binary,
                           built.library, ask, recorded);
  }
  evaluation->phases.build = MsSince(start);
  return outcome;
}

void GpuFront::Describe(const wire::EvaluateRequest& request,
                        const RecordedKernel& recorded, int arch,
                        const Json& device, Disassemblies* sass,
                        Evaluation* evaluation) {
  const auto start = Steady::now();
  if (!evaluation->profile) evaluation->profile.emplace();
  Profile& profile = *evaluation->profile;
  size_t shape = 0;
  const std::vector<ShapeCase> shapes = ShapesToRecord(request);
  for (size_t i = 0; i < shapes.size() && profile.device; ++i)
    if (shapes[i].name == profile.device->shape) shape = i;
  auto kernels = DescribeKernels(recorded, shape, arch, device);
  // Of that shape alone: each takes the disassembler a third of a second.
  for (const int module : ModulesAt(recorded.plan, shape)) {
    const auto text =
        sass->Text(recorded.plan.modules[static_cast<size_t>(module)]);
    if (!text) {
      profile.lost.push_back("machine instructions: " +
                             Sanitize(text.error().message, 200));
      break;
    }
    const auto counts = CountSass(*text);
    for (KernelProfile& kernel : kernels)
      if (const auto found = counts.find(kernel.name); found != counts.end())
        kernel.instructions = found->second;
  }
  MergeKernels(std::move(kernels), &profile);
  ApplyOccupancy(&profile);
  evaluation->phases.profile += MsSince(start);
}

Result<Evaluation> GpuFront::OnDevice(const wire::EvaluateRequest& request,
                                      const RecordedKernel& recorded,
                                      Evaluation built,
                                      const Progress& progress) {
  ASSIGN_OR_RETURN(const Json answer,
                   client_.Ask(JudgeMessage(request, recorded.plan), progress));
  ASSIGN_OR_RETURN(Evaluation judged,
                   EvaluationFromJson(GetMember(answer, "evaluation")));
  judged.phases.build = built.phases.build;
  judged.phases.compiler = built.phases.compiler;
  judged.metrics.insert(judged.metrics.end(), built.metrics.begin(),
                        built.metrics.end());
  judged.notes.insert(judged.notes.end(), built.notes.begin(), built.notes.end());
  if (judged.log.empty()) judged.log = built.log;
  return judged;
}

Result<Evaluation> GpuFront::OnDeviceAsHost(const wire::EvaluateRequest& request,
                                            const Failure& no_plan,
                                            Evaluation recorded,
                                            const Progress& progress) {
  progress("device");
  const auto answer =
      client_.Ask(JudgeHostMessage(request, no_plan.message), progress);
  if (!answer && answer.error().code != ErrorCode::kMissing)
    return Fail(answer.error());
  if (!answer)
    return NotRunAsHost(std::move(recorded), no_plan, answer.error().message);
  ASSIGN_OR_RETURN(Evaluation judged,
                   EvaluationFromJson(GetMember(*answer, "evaluation")));
  judged.phases.build = recorded.phases.build;
  if (machine_.unsafe_no_sandbox)
    judged.notes.push_back("UNSAFE: judged without a sandbox");
  return judged;
}

Result<Evaluation> GpuFront::Evaluate(const wire::EvaluateRequest& given,
                                      const Progress& progress) {
  wire::EvaluateRequest request = given;
  if (request.secret.empty()) request.secret = Hex(SecretBytes(32));
  const auto arch = ArchOf(request.target.device);
  if (!arch)
    return BadInput(format("{} is no NVIDIA device", request.target.device));
  if (request.task.ShapesFor("gpu").empty())
    return BadInput(format("task {} lists no shape for a gpu", request.task.name));
  progress("build");
  const Device& device = FindDevice(progress);
  Evaluation evaluation;
  evaluation.candidate_id = request.candidate.Id();
  evaluation.stage = request.stage;
  evaluation.tier = 'K';
  Disassemblies sass(machine_, sass_, *arch);
  RecordedKernel recorded;
  ASSIGN_OR_RETURN(const auto failed, Record(request, device, *arch, &sass,
                                             &recorded, &evaluation));
  const std::string absent =
      device.absent.empty() && device.arch != *arch
          ? format("the device here is sm_{}", device.arch) : device.absent;
  ASSIGN_OR_RETURN(const CheckSet checks,
                   CheckSet::Without(request.disabled_checks));
  if (failed && failed->check == kNoPlanCheck && checks.on(Check::kHostCode)) {
    if (request.build_only) {
      evaluation.notes.push_back("no launch plan holds it: it would be run as host "
                                 "code (tier H): " + failed->message);
      return BuiltOnly(std::move(evaluation));
    }
    if (!absent.empty())
      return NotRunAsHost(std::move(evaluation), *failed, absent);
    return OnDeviceAsHost(request, *failed, std::move(evaluation), progress);
  }
  if (failed) {
    FinishEvaluation(Evidence{}, failed, &evaluation);
    return evaluation;
  }
  AddStaticFacts(recorded, *arch, device.facts, &evaluation);
  if (machine_.unsafe_no_sandbox)
    evaluation.notes.push_back("UNSAFE: judged without a sandbox");
  if (request.build_only) return BuiltOnly(std::move(evaluation));
  for (const int module : ModulesAt(recorded.plan, 0))
    if (CoreToSpare(machine_.all_cpus.size()))
      sass.Begin(recorded.plan.modules[static_cast<size_t>(module)]);
  if (!absent.empty()) {
    Describe(request, recorded, *arch, Json(), &sass, &evaluation);
    return NoDevice(std::move(evaluation), "built and recorded, not run: " + absent);
  }
  progress("device");
  ASSIGN_OR_RETURN(Evaluation judged, OnDevice(request, recorded,
                                               std::move(evaluation), progress));
  if (judged.accepted())
    Describe(request, recorded, *arch, device.facts, &sass, &judged);
  return judged;
}

}  // namespace kernelevolve::worker::gpu
