#include "worker/judge/judge.h"

#include <algorithm>

#include "base/digest.h"
#include "base/format.h"
#include "base/random.h"
#include "base/text.h"
#include "worker/judge/candidate_build.h"
#include "worker/judge/correctness.h"
#include "worker/judge/cpu_sanitizers.h"
#include "worker/judge/finish.h"
#include "worker/judge/ms_since.h"
#include "worker/judge/trip.h"
#include "worker/profile/profiler.h"
#include "worker/timing/stage_timing.h"

namespace kernelevolve::worker {
namespace {

using Steady = std::chrono::steady_clock;

}  // namespace

const Roofs& Judge::MachineRoofs() {
  if (!roofs_)
    roofs_ = LoadOrMeasureRoofs(machine_.scratch / "roofs.json",
                                machine_.lane_cpus.front());
  return *roofs_;
}

Verdictless Judge::BuildCandidate(Trip& trip) {
  const auto start = Steady::now();
  BuildResult built;
  auto outcome = BuildLibrary(machine_, trip.context.target.compile,
                              trip.request.candidate, trip.checks, &trip.build,
                              &built);
  trip.evaluation.phases.build = MsSince(start);
  trip.evaluation.phases.compiler = built.milliseconds;
  trip.evaluation.log = built.log;
  trip.library = built.library;
  return outcome;
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
  if (outcome && !*outcome && trip.request.stage != Stage::kSearch)
    outcome = RunCpuSanitizers({machine_, task, trip.build, trip.library, plan,
                                trip.secret, trip.request.stage},
                               *trip.context.oracle, trip.checks,
                               &trip.evaluation.notes);
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
  const auto impossible = [&] {
    return outcome && *outcome && (*outcome)->code == Code::kImpossibleSpeed;
  };
  if (impossible()) {
    const Failure first = **outcome;
    roofs_ = Higher(MachineRoofs(), MeasureRoofs(machine_.lane_cpus.front()));
    outcome = attempt();
    if (impossible()) *outcome = BreachedAgain(first, **outcome);
  }
  trip.evaluation.phases.timing = MsSince(start);
  trip.evaluation.phases.device_exclusive = MsSince(alone);
  return outcome;
}

void Judge::Finish(Trip& trip, const std::optional<Failure>& failure) {
  Evaluation& evaluation = trip.evaluation;
  FinishEvaluation(trip.evidence, failure, &evaluation);
  for (const std::string& note : trip.context.panel.notes)
    evaluation.notes.push_back(note);
  if (!trip.context.oracle->has_error_bound())
    evaluation.notes.push_back("the reference does not carry errors; fixed "
                               "ceilings bound them");
  if (machine_.unsafe_no_sandbox)
    evaluation.notes.push_back("UNSAFE: judged without a sandbox");
  for (const std::string& name : trip.checks.disabled())
    evaluation.notes.push_back("check switched off: " + name);
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
  Finish(trip, *outcome);
  if (trip.evaluation.accepted()) {
    progress("profile");
    Explain(trip);
  }
  return std::move(trip.evaluation);
}

}  // namespace kernelevolve::worker
