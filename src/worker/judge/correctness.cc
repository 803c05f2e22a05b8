#include "worker/judge/correctness.h"

#include <algorithm>
#include <cstring>
#include <thread>

#include "base/format.h"
#include "worker/judge/bulk.h"
#include "worker/judge/idle_probe.h"
#include "worker/judge/naming.h"

namespace kernelevolve::worker {
namespace {

// Equal shares as well: nobody is cut short by who has most. Of integers one has
// all: what is counted meets the largest counts that there are.
std::vector<InputFamily> FarFamilies(const Task& task) {
  std::vector<InputFamily> families = {InputFamily::kDeclared,
                                       InputFamily::kStructured};
  if (std::ranges::any_of(task.inputs, [](const TensorSpec& input) {
        return !IsFloating(input.dtype);
      }))
    families.push_back(InputFamily::kLarge);
  return families;
}

}  // namespace

Verdictless CorrectnessRun::Run(const fs::path& library,
                                const CorrectnessPlan& whole, Evidence* evidence) {
  evidence_ = evidence;
  CorrectnessPlan plan = whole;
  if (!checks_.on(Check::kHeldOutShapes)) {  // the probes do without them, too
    plan.held_out.clear();
    plan.short_rows.reset();
    plan.far.clear();
    plan.narrow.clear();
    plan.long_dims.clear();
    plan.long_values.clear();
  }
  auto first = FirstWorld(library, plan);
  if (first && *first && failed_) return NameByTrials(library, plan, **first);
  RETURN_IF_FAILED(std::move(first));
  if (checks_.on(Check::kTwoWorlds)) RETURN_IF_FAILED(SecondWorld(library, plan));
  if (checks_.on(Check::kManyCores)) RETURN_IF_FAILED(ManyCores(library, plan));
  if (checks_.on(Check::kSchedules))
    RETURN_IF_FAILED(OtherSchedules(library, plan));
  return std::nullopt;
}

Result<std::unique_ptr<Session>> CorrectnessRun::StartSession(
    const fs::path& library, const CorrectnessPlan& plan, const World& world,
    std::optional<Failure>* failure) {
  SessionOptions options;
  options.task = &task_;
  options.shapes = plan.listed;
  for (ShapeCase& shape : plan.OtherShapes())
    options.shapes.push_back(std::move(shape));
  options.library = library;
  options.world = world;
  options.worker_binary = machine_.worker_binary;
  options.cpus = world.many_cores || world.two_cores ? machine_.all_cpus
                                                     : machine_.lane_cpus;
  if (world.two_cores) options.cpus.resize(std::min<size_t>(2, options.cpus.size()));
  options.spin = machine_.spin;
  ASSIGN_OR_RETURN(InputBuffers inputs,
                   InputBuffers::Create(task_, options.shapes, Widening::kNone));
  return Session::Start(*machine_.sandbox, options,
                        std::make_shared<InputBuffers>(std::move(inputs)), failure);
}

Verdictless CorrectnessRun::FirstWorld(const fs::path& library,
                                       const CorrectnessPlan& plan) {
  World world;
  world.poison_seed = 0x5bd1e995;
  std::optional<Failure> failure;
  auto started = StartSession(library, plan, world, &failure);
  if (!started) return Fail(started.error());
  if (failure) return failure;
  Session& session = **started;
  earlier_digests_.clear();
  right_shapes_.clear();

  Circumstances where;
  for (const ShapeCase& shape : plan.listed)
    for (int trial = 0; trial < plan.declared_trials; ++trial) {
      where.input_case = {shape, InputFamily::kDeclared, trial};
      RETURN_IF_FAILED(Try(session, where, /*bind=*/trial == 0));
      // At once as well: a timer may have run out by the end.
      if (seen_.size() == 1) RETURN_IF_FAILED(ProbeHoldings(session, checks_));
    }
  RETURN_IF_FAILED(OtherShapes(session, plan));
  where.right_before = true;
  where.listed_shape = true;  // the shape is proven: a failure is the values'
  for (const InputCase& values : plan.ValueCases(plan.probe(), checks_)) {
    where.input_case = values;
    RETURN_IF_FAILED(Try(session, where, /*bind=*/true));
  }
  for (const InputCase& values : plan.ListedValueCases(checks_)) {
    where.input_case = values;
    RETURN_IF_FAILED(Try(session, where, /*bind=*/true));
    seen_.pop_back();  // one world is enough
  }
  if (checks_.on(Check::kCallSweep)) {
    RETURN_IF_FAILED(CallSweep(session, plan));
    RETURN_IF_FAILED(LongRow(session, plan));
    RETURN_IF_FAILED(CheckGrowth(session, plan));
    RETURN_IF_FAILED(QuickCalls(session, plan));
  }
  RETURN_IF_FAILED(LongDims(session, plan));
  if (checks_.on(Check::kNudge)) RETURN_IF_FAILED(NudgeProbe(session, plan));
  if (checks_.on(Check::kCallSweep))
    RETURN_IF_FAILED(LikeAtFirst(session, library, plan));
  return ProbeIdle(session, checks_, IdleLook::kAtMuch);
}

Verdictless CorrectnessRun::OtherShapes(Session& session,
                                        const CorrectnessPlan& plan) {
  Circumstances where;
  where.right_before = true;
  where.listed_shape = false;
  for (const ShapeCase& shape : plan.held_out) {
    where.input_case = {shape, InputFamily::kDeclared, 0};
    RETURN_IF_FAILED(Try(session, where, /*bind=*/true));
  }
  for (const ShapeCase& shape : plan.far)
    for (const InputFamily family : FarFamilies(task_)) {
      if (family != InputFamily::kDeclared && !checks_.on(Check::kInputFamilies))
        continue;
      where.input_case = {shape, family, 0};
      where.listed_shape = family != InputFamily::kDeclared;  // proven by then
      RETURN_IF_FAILED(Try(session, where, /*bind=*/true));
      seen_.pop_back();  // one world is enough
    }
  for (const ShapeCase& shape : plan.narrow) {
    where.input_case = {shape, InputFamily::kDeclared, 0};
    where.listed_shape = false;
    RETURN_IF_FAILED(Try(session, where, /*bind=*/true));
    seen_.pop_back();
  }
  return std::nullopt;
}

Verdictless CorrectnessRun::LongDims(Session& session, const CorrectnessPlan& plan) {
  Circumstances where;
  where.right_before = true;
  where.listed_shape = false;
  for (const ShapeCase& shape : plan.long_dims) {
    where.input_case = {shape, InputFamily::kDeclared, 0};
    RETURN_IF_FAILED(Try(session, where, /*bind=*/true));
    seen_.pop_back();
  }
  if (!checks_.on(Check::kSpecialValues)) return std::nullopt;
  where.listed_shape = true;  // proven by then
  for (const InputCase& values : plan.long_values) {
    where.input_case = values;
    RETURN_IF_FAILED(Try(session, where, /*bind=*/true));
    seen_.pop_back();
  }
  return std::nullopt;
}

Verdictless CorrectnessRun::SecondWorld(const fs::path& library,
                                        const CorrectnessPlan& plan) {
  World world;
  world.placement = PlacementRule::kShifted;
  world.some_aligned = true;
  world.poison_seed = 0xc2b2ae35;
  world.nan_poison = false;
  world.nan_beside_inputs = true;
  world.environment = {"KE_PAD=" + std::string(997, 'x')};  // moves the stack
  std::optional<Failure> failure;
  auto started = StartSession(library, plan, world, &failure);
  if (!started) return Fail(started.error());
  if (failure) return failure;
  earlier_digests_.clear();
  right_shapes_.clear();
  std::vector<Seen> first_world = std::move(seen_);
  seen_.clear();
  for (Seen& seen : first_world) {
    seen.where.during = " in a second process, with other addresses and other "
                        "old memory contents";
    seen.where.right_before = false;
    auto outcome = Try(**started, seen.where, /*bind=*/true);
    if (!outcome) return outcome;
    if (*outcome && HasWrongValues(**outcome))  // threads may meet there by chance
      return NameByThreads(library, plan, DependsOnMore(**outcome));
    if (*outcome) return outcome;
    if (seen_.back().digest == seen.digest) continue;
    evidence_->nondeterministic = true;
    if (task_.objective.deterministic)
      return Failure{Code::kNondet,
                     "the task asks for the same bits at every run; they differ "
                     "between two processes at shape " +
                         seen.where.input_case.shape.name, "two_worlds", ""};
  }
  return std::nullopt;
}

Verdictless CorrectnessRun::Try(Session& session, const Circumstances& where,
                                bool bind, bool keep_workspace) {
  const InputSet inputs = generator_.Draw(where.input_case);
  ASSIGN_OR_RETURN(const auto expected,
                   oracle_.Answer(where.input_case, inputs, secret_));
  if (bind)
    RETURN_IF_FAILED(session.Enter(where.input_case.shape, inputs));
  else
    session.WriteInputs(inputs);
  session.Poison(++poison_, keep_workspace);
  RETURN_IF_FAILED(session.process().Arm());
  if (checks_.on(Check::kIdleWrites))
    if (auto failure = LookForIdleWrites(session)) return failure;
  CallReport report;
  RETURN_IF_FAILED(
      session.Call(CallLimit(task_, where.input_case.shape), &report));
  auto outcome = CheckCall(session, where, *expected, report);
  if (outcome && *outcome) failed_ = where;
  RETURN_IF_FAILED(std::move(outcome));
  right_shapes_.insert(where.input_case.shape.name);
  const uint64_t digest = OutputDigest(session, task_);
  earlier_digests_.push_back(digest);
  seen_.push_back({where, digest});
  return std::nullopt;
}

Verdictless CorrectnessRun::CheckCall(Session& session,
                                      const Circumstances& where,
                                      const Expected& expected,
                                      const CallReport& report) {
  ++evidence_->calls;
  evidence_->kernel_ms +=
      std::chrono::duration<double, std::milli>(report.elapsed).count();
  if (auto failure = JudgeReport(report, checks_)) return *failure;
  auto failure =
      VerifyOutputs(session, task_, expected, checks_, where, evidence_);
  if (!failure) return std::nullopt;
  return Rename(session, where, expected, *std::move(failure));
}

Failure CorrectnessRun::Rename(Session& session, const Circumstances& where,
                               const Expected& expected, Failure failure) {
  if (failure.code == Code::kOob) return failure;
  const uint64_t now = OutputDigest(session, task_);
  for (const uint64_t earlier : earlier_digests_)
    if (earlier == now)
      return {Code::kReplay, "returned the output of an earlier call for new "
              "inputs. " + failure.message, failure.check, ""};
  if (!checks_.on(Check::kLateWrites)) return failure;
  // Let it run on without being asked for anything: does the output change?
  if (session.process().Arm()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    (void)session.process().Pause();
    Evidence ignored;
    if (OutputDigest(session, task_) != now) {
      const bool right = !VerifyOutputs(session, task_, expected, checks_, where,
                                        &ignored);
      return {Code::kAsyncEscape,
              format("the output was still being written after the call had said "
                     "that it was done{}. {}", right ? " and was right 30 ms later" : "",
                     failure.message), "late_writes", ""};
    }
  }
  if (failure.check == "poison" && AllUntouched(session, task_) &&
      right_shapes_.count(where.input_case.shape.name))
    return SkippedCall(failure);
  return failure;
}

std::optional<Failure> CorrectnessRun::LookForIdleWrites(
    const Session& session) const {
  for (size_t i = 0; i < task_.outputs.size(); ++i) {
    const auto bytes = static_cast<size_t>(DTypeBytes(task_.outputs[i].dtype));
    if (!HoldsPattern(session.Output(i),
                      static_cast<size_t>(session.OutputElements(i)) * bytes,
                      session.PoisonPattern(i)))
      return Failure{Code::kAsyncEscape,
                     "wrote to an output while no call was in progress",
                     "idle_writes", ""};
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker
