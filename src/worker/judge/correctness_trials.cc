// Trials of one case in a world of its own: to name what is wrong, and to let
// threads meet.
#include <algorithm>

#include "base/format.h"
#include "base/random.h"
#include "worker/judge/busy_core.h"
#include "worker/judge/candidate_build.h"
#include "worker/judge/correctness.h"
#include "worker/judge/naming.h"

namespace kernelevolve::worker {
namespace {

// So long, or longer where a busy machine gives the process less than two cores'
// time meanwhile.
class TrialTime {
 public:
  TrialTime(const RunnerProcess& process, std::chrono::nanoseconds time)
      : process_(process), time_(time) {}

  bool IsLeft() const {
    const auto gone = Steady::now() - start_;
    if (gone < time_) return true;
    const auto used = process_.CpuTime();
    return used && gone < kLongest * time_ && *used - used_before_ < 2 * time_;
  }

 private:
  using Steady = std::chrono::steady_clock;
  static constexpr int kLongest = 5;

  const RunnerProcess& process_;
  const std::chrono::nanoseconds time_;
  const Steady::time_point start_ = Steady::now();
  const std::chrono::nanoseconds used_before_ =
      process_.CpuTime().value_or(std::chrono::nanoseconds(0));
};

// Any part of a time, by these bits.
std::chrono::nanoseconds FractionOf(std::chrono::nanoseconds time, uint64_t bits) {
  return time * static_cast<int64_t>(bits % 1024) / 1024;
}

// What is wrong in the values of a trial that threads make differ.
Verdictless AsRace(Verdictless outcome, const std::string& when, Check check) {
  if (!outcome || !*outcome) return outcome;
  const Failure& failure = **outcome;
  if (failure.check != "compare" && failure.check != "poison" &&
      failure.check != "nonfinite" && failure.check != "error_ratio")
    return outcome;
  return Failure{Code::kRace, when + ". " + failure.message, InfoOf(check).name, ""};
}

// The environment of OpenMP's own choices.
std::vector<std::string> OpenMp(size_t threads, const std::string& schedule) {
  return {format("OMP_NUM_THREADS={}", threads), "OMP_SCHEDULE=" + schedule};
}

}  // namespace

Verdictless CorrectnessRun::RunTrial(const fs::path& library,
                                     const CorrectnessPlan& plan,
                                     const Trial& trial) {
  std::optional<Failure> failure;
  auto started = StartSession(library, plan, trial.world, &failure);
  if (!started) return Fail(started.error());
  if (failure) return failure;
  Session& session = **started;
  const InputSet inputs = generator_.Draw(trial.input_case);
  ASSIGN_OR_RETURN(const auto expected,
                   oracle_.Answer(trial.input_case, inputs, secret_));
  RETURN_IF_FAILED(session.Enter(trial.input_case.shape, inputs));
  Circumstances where;
  where.input_case = trial.input_case;
  std::optional<BusyCore> other;
  if (trial.busy) other.emplace(machine_.lane_cpus.front());
  const auto limit = CallLimit(task_, trial.input_case.shape);
  CallReport report;
  const auto verify = [&]() -> Verdictless {
    ++evidence_->calls;
    return VerifyOutputs(session, task_, *expected, checks_, where, evidence_);
  };
  const TrialTime time(session.process(), trial.time);
  for (int i = 0; i < trial.calls || (i < trial.most_calls && time.IsLeft());
       ++i) {
    session.Poison(++poison_);
    RETURN_IF_FAILED(session.Run(limit, &report));
    RETURN_IF_FAILED(verify());
  }
  return RunHeldCalls(session, report.elapsed, trial, verify);
}

Verdictless CorrectnessRun::RunHeldCalls(Session& session,
                                         std::chrono::nanoseconds plain,
                                         const Trial& trial,
                                         const std::function<Verdictless()>& verify) {
  using Steady = std::chrono::steady_clock;
  const auto end = Steady::now() + trial.time / 2;
  for (int held = 0; held < trial.held_calls && Steady::now() < end;) {
    session.Poison(++poison_);
    const uint64_t bits = MixBits(poison_);
    const HeldCall how{CallLimit(task_, trial.input_case.shape),
                       FractionOf(plain, bits), bits >> 32};
    bool was_held = false;
    RETURN_IF_FAILED(session.RunHeld(how, &was_held));
    RETURN_IF_FAILED(verify());
    held += was_held;
  }
  return std::nullopt;
}

Verdictless CorrectnessRun::NameByTrials(const fs::path& library,
                                         const CorrectnessPlan& plan,
                                         const Failure& failure) {
  if (failure.code != Code::kWrongOutput && failure.code != Code::kPrecision &&
      failure.code != Code::kShapeOverfit && failure.code != Code::kInputOverfit &&
      failure.code != Code::kNonfinite)
    return failure;
  const double worst = evidence_->worst_share;  // of the case that failed
  auto named = Name(library, plan, failure);
  evidence_->worst_share = worst;
  return named;
}

Verdictless CorrectnessRun::Name(const fs::path& library,
                                 const CorrectnessPlan& plan,
                                 const Failure& failure) {
  if (failure.code == Code::kShapeOverfit) {
    ASSIGN_OR_RETURN(auto named, NameByAttributes(library, plan, failure));
    if (!named || named->code != Code::kShapeOverfit) return named;
    return NameByAddress(library, plan, failure);
  }
  if (failure.code == Code::kInputOverfit || failure.code == Code::kNonfinite)
    return NameByHistory(library, plan, failure);
  Trial trial{World{}, failed_->input_case, 1};
  trial.world.watched = true;
  ASSIGN_OR_RETURN(auto wrong, RunTrial(library, plan, trial));
  if (!wrong) {
    // Wrong now and then, perhaps.
    trial.world.watched = false;
    ASSIGN_OR_RETURN(wrong, RunTrial(library, plan, trial));
    if (!wrong) return NameByThreads(library, plan, failure);
    return BranchesByPhase(failure);
  }
  return NameByOrder(failure, failed_->input_case, checks_,
                     [&](const InputCase& sorted) {
                       return RunTrial(library, plan, {World{}, sorted, 1});
                     });
}

Verdictless CorrectnessRun::NameByHistory(const fs::path& library,
                                          const CorrectnessPlan& plan,
                                          const Failure& failure) {
  if (!HasWrongValues(failure)) return failure;
  ASSIGN_OR_RETURN(const auto wrong,
                   RunTrial(library, plan, {World{}, failed_->input_case, 1}));
  // It is the values, unless threads make it wrong elsewhere as well.
  if (wrong) return NameByThreads(library, plan, failure);
  const Failure later{Code::kWrongOutput,
                      "right in a fresh process, and wrong after other calls: " +
                          failure.message, failure.check, failure.log};
  return NameByThreads(library, plan, later);
}

Verdictless CorrectnessRun::NameByAttributes(const fs::path& library,
                                             const CorrectnessPlan& plan,
                                             const Failure& failure) {
  Trial trial{World{}, failed_->input_case, 1};
  if (trial.input_case.shape.attributes.empty()) return failure;
  trial.input_case.shape.attributes.clear();
  ASSIGN_OR_RETURN(const auto wrong, RunTrial(library, plan, trial));
  // It errs as much at the task's own attributes.
  if (!wrong || wrong->code != Code::kPrecision) return failure;
  return Failure{Code::kPrecision, failure.message, failure.check, failure.log};
}

Verdictless CorrectnessRun::NameByAddress(const fs::path& library,
                                          const CorrectnessPlan& plan,
                                          const Failure& failure) {
  constexpr int kSeveral = 8;
  if (failure.check != "compare") return failure;
  Trial trial{World{}, failed_->input_case, 1};
  ASSIGN_OR_RETURN(auto wrong, RunTrial(library, plan, trial));
  if (!wrong) {  // it is what the kernel had met before, or how it was called
    trial.calls = kSeveral;
    ASSIGN_OR_RETURN(wrong, RunTrial(library, plan, trial));
    if (!wrong) return failure;
    return NameByThreads(
        library, plan,
        {Code::kWrongOutput,
         "right at the first call of a process, and wrong at the next ones of the same "
         "shape. " + failure.message, failure.check, failure.log});
  }
  trial.world.placement = PlacementRule::kShifted;
  ASSIGN_OR_RETURN(wrong, RunTrial(library, plan, trial));
  if (wrong) return failure;
  return Failure{Code::kWrongOutput,
                 "right where its tensors lie at other addresses. " +
                     failure.message,
                 failure.check, failure.log};
}

Verdictless CorrectnessRun::NameByThreads(const fs::path& library,
                                          const CorrectnessPlan& plan,
                                          const Failure& failure) {
  auto together = ManyCores(library, plan);
  if (!together) return together;
  return *together && (*together)->code == Code::kRace ? together : failure;
}

Verdictless CorrectnessRun::ManyCores(const fs::path& library,
                                      const CorrectnessPlan& plan) {
  // A race may show in one call of twenty only, where cores are few and threads
  // drift apart; short calls are many.
  constexpr int kCalls = 60, kMostCalls = 600, kHeldCalls = 40;
  constexpr std::chrono::milliseconds kTime{400};
  if (machine_.all_cpus.size() < 2 || !StartsThreads(library))
    return std::nullopt;
  Trial trial{World{}, {plan.listed.back(), InputFamily::kDeclared, 0}, kCalls,
              kMostCalls, kTime};
  trial.world.many_cores = true;
  trial.held_calls = kHeldCalls;
  return AsRace(RunTrial(library, plan, trial),
                "right on one core, and wrong when its threads run at once on "
                "several, or one of them is late", Check::kManyCores);
}

Verdictless CorrectnessRun::OtherSchedules(const fs::path& library,
                                           const CorrectnessPlan& plan) {
  // Odd numbers of threads, which divide nothing, and fewer than a sandbox allows.
  constexpr size_t kFew = 3, kSeveral = 7, kMost = 47;
  if (plan.schedule_calls == 0 || !StartsThreads(library)) return std::nullopt;
  const size_t cores = machine_.all_cpus.size();
  const Trial plain{World{}, {plan.listed.front(), InputFamily::kDeclared, 0},
                    plan.schedule_calls};
  std::vector<Trial> trials;
  trials.push_back(plain);
  trials.back().world.environment = OpenMp(kSeveral, "dynamic,1");
  trials.back().busy = true;
  if (cores > 1) {
    trials.push_back(plain);
    trials.back().world.many_cores = true;
    trials.back().world.environment = OpenMp(std::min(2 * cores + 1, kMost), "guided");
    trials.back().busy = true;
  }
  if (cores > 2) {
    trials.push_back(plain);
    trials.back().world.two_cores = true;
    trials.back().world.environment = OpenMp(kFew, "static,1");
  }
  for (const Trial& trial : trials)
    RETURN_IF_FAILED(AsRace(
        RunTrial(library, plan, trial),
        "right before, and wrong where its threads are more or fewer, share "
        "loops in another way, or wait for a busy core", Check::kSchedules));
  return std::nullopt;
}

}  // namespace kernelevolve::worker
