#include "worker/gpu/judge/gpu_judge.h"

#include <algorithm>

#include "base/digest.h"
#include "base/format.h"
#include "base/random.h"
#include "base/text.h"
#include "process/find_python.h"
#include "worker/gpu/judge/first_launch.h"
#include "worker/gpu/judge/flush_proof.h"
#include "worker/gpu/judge/gpu_judge_state.h"
#include "worker/gpu/judge/graph_sense.h"
#include "worker/gpu/judge/gpu_profiler.h"
#include "worker/gpu/judge/own_work.h"
#include "worker/gpu/judge/plan_facts.h"
#include "worker/gpu/judge/shaken_calls.h"
#include "worker/gpu/judge/verdict_notes.h"
#include "worker/gpu/judge/watched_call.h"
#include "worker/judge/finish.h"
#include "worker/judge/ms_since.h"

namespace kernelevolve::worker::gpu {
namespace {

using Steady = std::chrono::steady_clock;

}  // namespace

GpuJudge::GpuJudge(const Machine& machine, const Lane& lane,
                   const GpuJudgeOptions& options)
    : machine_(machine), lane_(lane), options_(options) {}

Result<std::unique_ptr<GpuJudge>> GpuJudge::Create(const Machine& machine,
                                                   const Lane& lane,
                                                   const GpuJudgeOptions& options) {
  std::unique_ptr<GpuJudge> judge(new GpuJudge(machine, lane, options));
  RETURN_IF_ERROR(judge->Open());
  return judge;
}

GpuJudge::~GpuJudge() {
  // Whoever holds memory goes before the memory does.
  launchers_.reset();
  states_.clear();
}

Status GpuJudge::Open() {
  ASSIGN_OR_RETURN(driver_, Driver::Open(options_.driver_library));
  ASSIGN_OR_RETURN(info_, QueryDevice(*driver_, options_.device));
  if (!info_.virtual_memory || !info_.posix_handles)
    return Missing(format("{} cannot lend memory between processes (virtual "
                          "memory management is not supported)", info_.name));
  ASSIGN_OR_RETURN(context_, PrimaryContext::Create(*driver_, options_.device,
                                                    kScheduleSpin));
  ASSIGN_OR_RETURN(python_, FindPython("torch", StopCondition()));
  RETURN_IF_ERROR(KeepForkServer());
  ASSIGN_OR_RETURN(kernels_, DeviceKernels::Load(*driver_, machine_, info_.arch()));
  ASSIGN_OR_RETURN(flush_, CacheFlush::Create(*driver_, info_, kernels_->image()));
  launchers_ = std::make_unique<Launchers>(machine_, options_.device, *flush_);
  launchers_->ScrubWith(kernels_->image(), info_);
  if (auto monitor = DeviceMonitor::Open(info_.uuid)) monitor_ = *std::move(monitor);
  return {};
}

Status GpuJudge::KeepForkServer() {
  if (torch_ && torch_->alive()) return {};
  ASSIGN_OR_RETURN(torch_, TorchForkServer::Start(python_, machine_.scratch /
                                                               "torch-log"));
  return {};
}

Status GpuJudge::FindRoofs(TaskState& state, bool again) {
  const fs::path file = options_.state / format("roofs-gpu-{}.json", info_.uuid);
  if (!again && roofs_) return {};
  if (!again) roofs_ = ReadRoofs(file, info_);
  if (!again && roofs_) return {};
  ASSIGN_OR_RETURN(const TorchRoofs measured, state.panel->MeasureRoofs());
  ASSIGN_OR_RETURN(const double cold_to_hot, ProveFlush());
  GpuRoofs roofs = RoofsFrom(measured, info_, cold_to_hot);
  if (roofs_) {
    roofs.bytes = std::max(roofs.bytes, roofs_->bytes);
    for (auto& [name, value] : roofs.flops)
      value = std::max(value, roofs_->flops[name]);
  }
  roofs_ = roofs;
  (void)WriteRoofs(file, info_, roofs);  // the next server measures again
  return {};
}

Result<double> GpuJudge::ProveFlush() {
  return ColdToHot(kernels_->image(), *launchers_,
                   *states_.front()->memory, info_.l2_bytes, flush_->bytes());
}

Status GpuJudge::CheckPlans(const PlannedKernel& kernel, const Task& task,
                            std::optional<Failure>* failure) const {
  if (kernel.shapes.size() != kernel.plan.shapes.size())
    return Broken("a plan does not match the shapes that were asked for");
  for (size_t i = 0; i < kernel.shapes.size(); ++i) {
    const Status fits = CheckPlan(kernel.plan.shapes[i], kernel.plan,
                                  LimitsAt(task, kernel.shapes[i], info_.global_bytes));
    if (fits) continue;
    *failure = Failure{Code::kContract, fits.error().message, "plan", ""};
    return {};
  }
  return {};
}

Verdictless GpuJudge::CheckCorrectness(Trip& trip) {
  const auto start = Steady::now();
  TaskState& state = trip.state;
  std::optional<Failure> refused;
  if (!trip.host) RETURN_IF_ERROR(CheckPlans(trip.kernel, state.task, &refused));
  if (refused) return refused;
  if (trip.host)
    RETURN_IF_FAILED(trip.host->AskWorkspaces(*state.memory, info_.global_bytes / 4,
                                              &trip.kernel));
  uint64_t workspace = 0;
  for (const ShapePlan& plan : trip.kernel.plan.shapes)
    workspace = std::max(workspace, plan.workspace_bytes);
  ASSIGN_OR_RETURN(const bool grown,
                   state.memory->GrowWorkspace(*driver_, options_.device, workspace));
  if (grown) {
    launchers_->Forget(state.memory.get());
    state.host_clock.Forget();
    RETURN_IF_ERROR(PrepareHost(trip));
  }
  const CorrectnessPlan plan = PlanCorrectness(state.task, "gpu",
                                               trip.request.stage,
                                               trip.request.secret);
  if (auto failure = CheckFirstLaunch(trip.kernel.plan)) return failure;
  if (auto failure = CheckGraphSense(trip.kernel.plan)) return failure;
  GpuCorrectness run({*driver_, *kernels_, state.task, *state.memory, *state.oracle,
                      trip.processes(*launchers_)}, trip.request.secret,
                     trip.checks);
  auto outcome = run.Run(trip.kernel, plan, &trip.evidence);
  if (trip.host && outcome && !*outcome) outcome = CheckHost(trip);
  trip.evaluation.phases.correctness = MsSince(start);
  return outcome;
}

Status GpuJudge::PrepareHost(Trip& trip) {
  if (!trip.kernel.host) return {};
  if (!host_) {
    ASSIGN_OR_RETURN(HostOptions options, DescribeHost(*machine_.sandbox, python_,
                                                       options_.device));
    host_ = std::make_unique<HostSpare>(std::move(options));
  }
  host_->Prepare(HostAheadFor(trip.state.host_clock.quiet().empty(),
                              machine_.all_cpus.size()));
  RETURN_IF_ERROR(trip.state.memory->MakeShown(*driver_, options_.device));
  trip.host = std::make_unique<HostProcesses>(*host_, trip.state.task,
                                              *trip.kernel.host);
  return {};
}

Verdictless GpuJudge::CheckHost(Trip& trip) {
  if (!trip.checks.on(Check::kOwnWork)) return std::nullopt;
  return CheckOwnWork({*driver_, *kernels_, trip.state.task, *trip.state.memory,
                       *trip.state.oracle, *trip.host}, *trip.host, trip.kernel,
                      trip.request.secret, &trip.evaluation.notes);
}

WatchedKernel GpuJudge::Watched(Trip& trip) const {
  return {machine_, options_.device, options_.driver_library, trip.state.task,
          *trip.state.oracle, trip.request, trip.kernel};
}

Verdictless GpuJudge::Shake(Trip& trip) {
  const auto start = Steady::now();
  auto outcome = CheckShaken(
      {{*driver_, *kernels_, trip.state.task, *trip.state.memory, *trip.state.oracle,
        trip.processes(*launchers_)}, trip.request, trip.kernel, trip.checks},
      &trip.evaluation.notes);
  trip.evaluation.phases.correctness += MsSince(start);
  return outcome;
}

std::optional<Failure> GpuJudge::Sanitize(Trip& trip) {
  if (trip.request.stage == Stage::kSearch) return std::nullopt;
  if (trip.host) {
    trip.evaluation.notes.push_back("no sanitizer has watched the kernel: they "
                                    "watch plans, not host code");
    return std::nullopt;
  }
  const auto start = Steady::now();
  auto failure =
      SanitizeKernel(Watched(trip), trip.checks, &trip.evaluation.notes);
  trip.evaluation.phases.correctness += MsSince(start);
  return failure;
}

Failure GpuJudge::NameWrong(Trip& trip, const Failure& wrong) const {
  if (trip.request.stage == Stage::kSearch && !trip.request.explain) return wrong;
  return NameByHazards(Watched(trip), trip.checks, wrong, &trip.evaluation.notes);
}

void GpuJudge::Explain(Trip& trip) {
  const Result<LaneHold> hold = lane_.Exclude();
  if (!hold) return;  // the next timing's error to report
  const bool full =
      trip.request.explain || trip.request.stage != Stage::kSearch;
  TaskState& state = trip.state;
  GpuProfiler({*driver_, *kernels_, state.task, *state.memory, *launchers_,
               *roofs_, info_}, trip.request.secret)
      .Run(trip.kernel, full, &trip.evaluation);
}

Verdictless GpuJudge::Time(Trip& trip) {
  const auto start = Steady::now();
  TaskState& state = trip.state;
  const measure::TimingPlan plan = measure::GpuTimingPlan(trip.request.stage);
  if (trip.host && plan.processes > 1) {
    // One more for the clock.
    host_->Prepare({.plain = static_cast<size_t>(plan.processes) + 1});
    host_->Settle();
  }
  // None must import while something is timed.
  const HostHold held(host_.get());
  ASSIGN_OR_RETURN(const LaneHold hold, lane_.Exclude());
  // What a candidate has left on the device must not stand in any record.
  if (trip.host && !(roofs_ && PanelIsReady(state, plan.whole_panel)))
    trip.host->RetireAll();
  RETURN_IF_ERROR(PreparePanel(state, plan.whole_panel));
  RETURN_IF_ERROR(FindRoofs(state, /*again=*/false));
  std::optional<OutsideClock> outside;
  if (trip.host) {
    ASSIGN_OR_RETURN(OutsideClock clock, state.host_clock.Make(
        {*driver_, *host_, state.task, *state.memory, flush_->dirty(),
         roofs_->launch_us}));
    outside.emplace(std::move(clock));
    if (!state.ranking) state.host_clock.quiet().clear();
    if (state.host_clock.quiet().empty()) trip.host->RetireAll();
  }
  const auto attempt = [&]() -> Verdictless {
    GpuTiming timing({*driver_, *kernels_, state.task, *state.memory, *state.oracle,
                      trip.processes(*launchers_), *state.panel, *roofs_,
                      flush_->bytes(), outside ? &*outside : nullptr,
                      &state.host_clock.quiet(), monitor_.get()},
                     trip.request.secret, Hex(SecretBytes(32)), trip.checks);
    if (!state.ranking) {
      ASSIGN_OR_RETURN(state.ranking, timing.Rank(state.shapes));
    }
    if (outside && state.host_clock.quiet().empty())
      RETURN_IF_ERROR(timing.Quiet(state.shapes, *state.ranking));
    return timing.Run(trip.kernel, state.shapes, trip.request.stage,
                      &*state.ranking, &trip.evaluation, &trip.evidence);
  };
  const auto alone = Steady::now();
  auto outcome = attempt();
  const auto impossible = [&] {
    return outcome && *outcome && (*outcome)->code == Code::kImpossibleSpeed;
  };
  if (impossible()) {
    const Failure first = **outcome;
    RETURN_IF_ERROR(FindRoofs(state, /*again=*/true));
    outcome = attempt();
    if (impossible()) *outcome = BreachedAgain(first, **outcome);
  }
  if (outcome && *outcome && (*outcome)->code == Code::kNoisy)
    state.ranking.reset();  // the device may have changed for good
  trip.evaluation.phases.device_exclusive = MsSince(alone);
  trip.evaluation.phases.timing = MsSince(start);
  return outcome;
}

Verdictless GpuJudge::Attempt(const wire::EvaluateRequest& request,
                              const PlannedKernel& kernel, const CheckSet& checks,
                              std::optional<Trip>* trip) {
  ASSIGN_OR_RETURN(TaskState* state, StateFor(request.task));
  trip->emplace(Trip{request, kernel, *state, checks, {}, {}, nullptr});
  RETURN_IF_ERROR(PrepareHost(**trip));
  auto checked = CheckCorrectness(**trip);
  if (checked && *checked) return NameWrong(**trip, **checked);
  RETURN_IF_FAILED(std::move(checked));
  RETURN_IF_FAILED(Shake(**trip));
  if (auto failure = Sanitize(**trip)) return failure;
  return Time(**trip);
}

bool GpuJudge::Sound() const { return driver_->CtxSynchronize() == kCudaSuccess; }

bool GpuJudge::MendFor(const Verdictless& outcome, std::optional<Trip>* trip) {
  if (outcome) {
    if (!*outcome || !IsOutOfMemory(**outcome)) return false;
    EndProcesses(**trip);
    if (HalfIsFree()) return false;
    DropStates(/*keep=*/1);
    states_.front()->oracle->DropAnswers();
    trip->reset();
    return true;
  }
  if (outcome.error().code != ErrorCode::kInfrastructure) return false;
  // A process of ours that died, or that somebody killed. Whichever it was, all
  // of them are made anew.
  trip->reset();
  DropStates();
  return Sound();
}

void GpuJudge::EndProcesses(Trip& trip) {
  trip.host.reset();
  if (host_) host_->Drop();
  launchers_->Forget(trip.state.memory.get());
}

// A plan may ask for a quarter. With half of the device free, it was the
// kernel's own stack or variables, or host code, that wanted more; without any
// task kept, it is the task that does not fit.
bool GpuJudge::HalfIsFree() const { return FreeShare() >= 0.5; }

double GpuJudge::FreeShare() const {
  size_t free = 0, total = 0;
  if (driver_->MemGetInfo(&free, &total) != kCudaSuccess || total == 0) return 0;
  return static_cast<double>(free) / static_cast<double>(total);
}

std::optional<std::string> GpuJudge::ShortOfMemory(const Verdictless& outcome,
                                                   std::optional<Trip>* trip) {
  const bool failed = outcome && *outcome && IsOutOfMemory(**outcome);
  const bool broke = !outcome && (IsOutOfMemory(outcome.error()) ||
                                  worker::IsOutOfMemory(outcome.error()));
  if (!failed && !broke) return std::nullopt;
  if (failed) EndProcesses(**trip);
  if (HalfIsFree()) return std::nullopt;  // the kernel's doing, or the task's
  size_t free = 0, total = 0;
  if (driver_->MemGetInfo(&free, &total) != kCudaSuccess) return std::nullopt;
  return SpentMemory(failed ? (*outcome)->message : outcome.error().message, free,
                     total);
}

void GpuJudge::Note(const Trip& trip, Evaluation* evaluation) const {
  const TaskState& state = trip.state;
  auto& notes = evaluation->notes;
  if (trip.kernel.host)
    notes.push_back("no launch plan: " + trip.kernel.host->no_plan);
  if (!trip.kernel.host && !launchers_->not_scrubbed().empty())
    notes.push_back("multiprocessors were not scrubbed before calls: " +
                    launchers_->not_scrubbed());
  if (const int count = driver_->DeviceCount(); count > 1)
    notes.push_back(OneOfSeveral(options_.device, count, info_.uuid));
  notes.push_back(PanelPrecision(state.task));
  if (trip.request.stage == Stage::kSearch && !state.whole_panel)
    notes.push_back("search stage: compile_max_autotune is not in the panel");
  for (const std::string& note : state.panel->notes()) notes.push_back(note);
  if (!state.oracle->has_error_bound())
    notes.push_back("fixed ceilings bound the errors: there is no reference that "
                    "carries them");
  if (trip.evidence.references_differ)
    notes.push_back("where the task's two references make different things of NaN or "
                    "infinities, a kernel was free to follow either");
  if (auto narrow = NarrowAnswers(state.oracle->narrow()); !narrow.empty())
    notes.push_back(std::move(narrow));
  for (const std::string& name : trip.checks.disabled())
    notes.push_back("check switched off: " + name);
}

Result<Evaluation> GpuJudge::Evaluate(const wire::EvaluateRequest& request,
                                      const PlannedKernel& kernel) {
  ASSIGN_OR_RETURN(const CheckSet checks,
                   CheckSet::Without(request.disabled_checks));
  std::optional<Trip> trip;
  Verdictless outcome = Attempt(request, kernel, checks, &trip);
  if (MendFor(outcome, &trip))  // once is bad luck
    outcome = Attempt(request, kernel, checks, &trip);
  if (!outcome) trip.reset();
  if (!outcome && outcome.error().code == ErrorCode::kInfrastructure) DropStates();
  const auto short_of = ShortOfMemory(outcome, &trip);
  if (!outcome && !short_of) return Fail(outcome.error());
  Evaluation nothing;
  Evaluation& evaluation = trip ? trip->evaluation : nothing;
  evaluation.candidate_id = request.candidate.Id();
  evaluation.stage = request.stage;
  evaluation.tier = kernel.host ? 'H' : 'K';
  if (short_of) {
    evaluation.status = VerdictStatus::kInconclusive;
    evaluation.code = Code::kResource;
    evaluation.message = kernelevolve::Sanitize(*short_of, 2000);
    outcome = std::nullopt;
  }
  FinishEvaluation(trip ? trip->evidence : Evidence{}, *outcome, &evaluation);
  if (evaluation.accepted() && roofs_) Explain(*trip);
  if (trip) Note(*trip, &evaluation);
  const bool abandoned = options_.abandoned && options_.abandoned();
  if (abandoned) DropStates();
  if (abandoned && host_) host_->Drop();
  if (!abandoned && kernel.host && host_)
    host_->Prepare(HostAheadFor(false, machine_.all_cpus.size()));
  return std::move(evaluation);
}

}  // namespace kernelevolve::worker::gpu
