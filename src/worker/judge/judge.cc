#include "worker/judge/judge.h"

#include <algorithm>

#include "base/digest.h"
#include "base/format.h"
#include "base/random.h"
#include "base/text.h"
#include "worker/judge/correctness.h"
#include "worker/judge/trip.h"
#include "worker/profile/profiler.h"
#include "worker/timing/stage_timing.h"

namespace kernelevolve::worker {
namespace {

using Steady = std::chrono::steady_clock;

double MsSince(Steady::time_point start) {
  return std::chrono::duration<double, std::milli>(Steady::now() - start).count();
}

// Libraries an honest kernel may need: the language's own run time.
bool IsRuntimeLibrary(const std::string& name) {
  for (const char* prefix : {"libstdc++.so", "libm.so", "libgcc_s.so", "libc.so",
                             "libgomp.so", "libpthread.so", "ld-linux", "libdl.so",
                             "libmvec.so", "librt.so"})
    if (name.starts_with(prefix)) return true;
  return false;
}

}  // namespace

const Roofs& Judge::MachineRoofs() {
  if (!roofs_)
    roofs_ = LoadOrMeasureRoofs(machine_.scratch / "roofs.json",
                                machine_.lane_cpus.front());
  return *roofs_;
}

Verdictless Judge::BuildCandidate(Trip& trip) {
  const auto start = Steady::now();
  const Candidate& candidate = trip.request.candidate;
  const auto space = ParseTuneSpace(candidate.source);
  if (!space) return Failure{Code::kContract, space.error().message, "tune", ""};
  if (const auto complete = space->Complete(candidate.parameters); !complete)
    return Failure{Code::kContract, complete.error().message, "tune", ""};
  BuildRequest& request = trip.build;
  request.source = candidate.source;
  request.rule = &trip.context.target.compile;
  request.trusted = !trip.checks.on(Check::kBuildScan);
  for (const auto& [name, value] : candidate.parameters)
    request.defines.push_back(name + "=" + value);
  BuildResult built;
  auto outcome = machine_.builder->Build(request, &built);
  trip.evaluation.phases.build = MsSince(start);
  trip.evaluation.phases.compiler = built.milliseconds;
  if (!outcome || *outcome) return outcome;
  trip.library = built.library;
  trip.evaluation.log = built.log;
  if (!trip.checks.on(Check::kLibraryAllowList)) return std::nullopt;
  const auto needed = NeededLibraries(built.library);
  if (!needed) return Failure{Code::kContract, needed.error().message, "load", ""};
  for (const std::string& name : *needed)
    if (!IsRuntimeLibrary(name))
      return Failure{Code::kDelegation,
                     format("the artefact needs {}: a library would do the work",
                            Sanitize(name, 100)), "library_allow_list", ""};
  return std::nullopt;
}

Verdictless Judge::CheckCorrectness(Trip& trip) {
  const auto start = Steady::now();
  const Task& task = trip.context.task;
  const CorrectnessPlan plan =
      PlanCorrectness(task, trip.context.target.device_kind, trip.request.stage,
                      trip.secret);
  if (plan.listed.empty())
    return BadInput(format("task {} lists no shape for a {}", task.name,
                           trip.context.target.device_kind));
  CorrectnessRun run(machine_, task, *trip.context.oracle, trip.secret,
                     trip.checks);
  auto outcome = run.Run(trip.library, plan, &trip.evidence);
  trip.evaluation.phases.correctness = MsSince(start);
  return outcome;
}

Verdictless Judge::Time(Trip& trip) {
  const auto start = Steady::now();
  ASSIGN_OR_RETURN(const LaneHold hold, lane_.Exclude());
  const auto alone = Steady::now();
  const auto attempt = [&] {
    StageTiming timing(machine_, trip.context, MachineRoofs(), trip.secret,
                       trip.checks);
    return timing.Run(trip.library, trip.request.stage, &trip.evaluation,
                      &trip.evidence);
  };
  auto outcome = attempt();
  // A process of ours that somebody killed: once is bad luck.
  if (!outcome && outcome.error().code == ErrorCode::kInfrastructure)
    outcome = attempt();
  // Perhaps the roofs were measured at a busy moment.
  if (outcome && *outcome && (*outcome)->code == Code::kImpossibleSpeed) {
    roofs_ = Higher(MachineRoofs(), MeasureRoofs(machine_.lane_cpus.front()));
    outcome = attempt();
  }
  trip.evaluation.phases.timing = MsSince(start);
  trip.evaluation.phases.device_exclusive = MsSince(alone);
  return outcome;
}

void Judge::FinishEvaluation(Trip& trip, const std::optional<Failure>& failure) {
  Evaluation& evaluation = trip.evaluation;
  const auto metric = [&](const char* name, double value, const char* unit) {
    evaluation.metrics.push_back({name, value, unit});
  };
  metric("elements_compared", static_cast<double>(trip.evidence.elements_compared),
         "");
  metric("calls_checked", static_cast<double>(trip.evidence.calls), "");
  metric("worst_error", trip.evidence.worst_share, "of the allowance");
  evaluation.phases.kernel = trip.evidence.kernel_ms;
  if (trip.evidence.nondeterministic)
    evaluation.notes.push_back("nondeterministic: bits differ between processes, "
                               "within the error bound");
  for (const std::string& note : trip.context.panel.notes)
    evaluation.notes.push_back(note);
  if (!trip.context.oracle->has_error_bound())
    evaluation.notes.push_back("the reference does not carry errors; fixed "
                               "ceilings bound them");
  if (machine_.unsafe_no_sandbox)
    evaluation.notes.push_back("UNSAFE: judged without a sandbox");
  for (const std::string& name : trip.checks.disabled())
    evaluation.notes.push_back("check switched off: " + name);
  if (failure) {
    evaluation.status = VerdictStatus::kReject;
    evaluation.code = failure->code;
    evaluation.message = Sanitize(failure->message, 2000);
    evaluation.failed_check = failure->check;
    if (!failure->log.empty()) evaluation.log = failure->log;
    evaluation.speedup = 0;
    evaluation.shapes.clear();
  } else if (evaluation.status != VerdictStatus::kInconclusive) {
    evaluation.status = VerdictStatus::kAccept;
    evaluation.code = Code::kOk;
  }
}

Evaluation Judge::BuiltOnly(Trip& trip) {
  trip.evaluation.status = VerdictStatus::kInconclusive;
  trip.evaluation.code = Code::kOk;
  trip.evaluation.message = "built; nothing was run";
  return std::move(trip.evaluation);
}

void Judge::Explain(Trip& trip) {
  const bool full =
      trip.request.explain || trip.request.stage != Stage::kSearch;
  Profiler(machine_, lane_, trip.context, MachineRoofs())
      .Run({trip.library, trip.build, trip.secret, full}, &trip.evaluation);
}

Result<Evaluation> Judge::Evaluate(const wire::EvaluateRequest& request,
                                   const Progress& progress) {
  ASSIGN_OR_RETURN(const CheckSet checks,
                   CheckSet::Without(request.disabled_checks));
  TaskContext* context = nullptr;
  std::string secret = request.secret.empty() ? Hex(SecretBytes(32)) : request.secret;
  Verdictless outcome = std::nullopt;
  {
    ASSIGN_OR_RETURN(const LaneHold hold, lane_.Share());
    progress("build");
    ASSIGN_OR_RETURN(context, contexts_.For(request.task, request.target));
  }
  Trip trip{request, *context, checks, secret, {}, {}, {}};
  trip.evaluation.candidate_id = request.candidate.Id();
  trip.evaluation.stage = request.stage;
  {
    ASSIGN_OR_RETURN(const LaneHold hold, lane_.Share());
    outcome = BuildCandidate(trip);
    if (outcome && !*outcome && !request.build_only) {
      progress("correctness");
      outcome = CheckCorrectness(trip);
    }
  }
  if (outcome && !*outcome && !request.build_only) {
    progress("timing");
    outcome = Time(trip);
  }
  if (!outcome) return Fail(outcome.error());
  if (!*outcome && request.build_only) return BuiltOnly(trip);
  FinishEvaluation(trip, *outcome);
  if (trip.evaluation.accepted()) {
    progress("profile");
    Explain(trip);
  }
  return std::move(trip.evaluation);
}

}  // namespace kernelevolve::worker
