#include "worker/gpu/judge/gpu_correctness.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/format.h"
#include "worker/gpu/judge/device_verify.h"
#include "worker/gpu/judge/plan_facts.h"
#include "worker/gpu/launcher/launcher_process.h"
#include "worker/judge/naming.h"
#include "worker/judge/nudges.h"
#include "worker/judge/row_draw.h"
#include "worker/judge/ties.h"

namespace kernelevolve::worker::gpu {
namespace {

World SecondWorldRules() {
  World world;
  world.placement = PlacementRule::kShifted;
  world.poison_seed = 0xc2b2ae35;
  world.nan_poison = false;
  return world;
}

}  // namespace

World FirstWorldRules() {
  World world;
  world.placement = PlacementRule::kEndFlush;
  world.poison_seed = 0x5bd1e995;
  return world;
}

const ShapePlan* PlannedKernel::For(const ShapeCase& shape) const {
  for (size_t i = 0; i < shapes.size() && i < plan.shapes.size(); ++i)
    if (shapes[i].dims == shape.dims && shapes[i].attributes == shape.attributes)
      return &plan.shapes[i];
  return nullptr;
}

Verdictless GpuCorrectness::Run(const PlannedKernel& kernel,
                                const CorrectnessPlan& plan, Evidence* evidence) {
  evidence_ = evidence;
  probe_ = plan.probe();
  small_ = {probe_};
  if (plan.short_rows) small_.push_back(*plan.short_rows);
  auto first = FirstWorld(kernel, plan);
  if (first && !*first && (kernel.host || KeepsState(kernel.plan)))
    first = LikeAtFirst(kernel);
  if (first && *first && failed_) return NameByTrials(kernel, plan, **first);
  RETURN_IF_FAILED(std::move(first));
  if (checks_.on(Check::kTwoWorlds)) RETURN_IF_FAILED(SecondWorld(kernel));
  return std::nullopt;
}

Verdictless GpuCorrectness::FirstWorld(const PlannedKernel& kernel,
                                       const CorrectnessPlan& plan) {
  ASSIGN_OR_RETURN(KernelProcess* process,
                   parts_.processes.For(0, parts_.memory));
  GpuSession session({parts_.driver, parts_.kernels, parts_.task, parts_.memory,
                      *process}, FirstWorldRules());
  Circumstances where;
  for (const ShapeCase& shape : plan.listed)
    for (int trial = 0; trial < plan.declared_trials; ++trial) {
      where.input_case = {shape, InputFamily::kDeclared, trial};
      RETURN_IF_FAILED(Try(session, kernel, where, true, {.bind = trial == 0}));
    }
  if (!parts_.oracle.has_host()) return OnTheDeviceAlone(session, kernel, plan);
  where.right_before = true;
  where.listed_shape = false;
  if (checks_.on(Check::kHeldOutShapes))
    for (const ShapeCase& shape : plan.OtherShapes()) {
      where.input_case = {shape, InputFamily::kDeclared, 0};
      RETURN_IF_FAILED(Try(session, kernel, where, false, {}));
    }
  where.listed_shape = true;  // the shape is proven: a failure is the values'
  if (plan.held_out.empty()) return std::nullopt;
  for (const InputCase& values : plan.ValueCases(probe_, checks_)) {
    where.input_case = values;
    RETURN_IF_FAILED(Try(session, kernel, where, false, {}));
  }
  if (parts_.oracle.on_device())  // a CPU would take minutes for each
    for (const InputCase& values : plan.ListedValueCases(checks_)) {
      where.input_case = values;
      RETURN_IF_FAILED(Try(session, kernel, where, true, {}));
      seen_.pop_back();  // one world is enough
    }
  constexpr int kStateless = 40, kStateful = 130;
  const int few = std::min(plan.sweep_calls, kStateless);
  const bool state = kernel.host || KeepsState(kernel.plan);
  RETURN_IF_FAILED(
      CallSweep(session, kernel, {probe_, false, state ? kStateful : few, few}));
  // What counts its calls has counted some by then: nothing is bound anew.
  if (checks_.on(Check::kNudge)) RETURN_IF_FAILED(Nudge(session, kernel, plan));
  if (!parts_.oracle.on_device()) return std::nullopt;
  for (const ShapeCase& shape : plan.quick)
    RETURN_IF_FAILED(CloseCalls(session, kernel, shape, state));
  return std::nullopt;
}

Verdictless GpuCorrectness::OnTheDeviceAlone(GpuSession& session,
                                             const PlannedKernel& kernel,
                                             const CorrectnessPlan& plan) {
  if (plan.listed.empty() || !parts_.oracle.on_device()) return std::nullopt;
  const ShapeCase& shape = plan.listed[0];
  RETURN_IF_FAILED(EqualValues(session, kernel, shape));
  // Each call writes and compares what may be gigabytes.
  const bool state = kernel.host || KeepsState(kernel.plan);
  constexpr int kStateless = 4, kStateful = 60, kValues = 2;
  RETURN_IF_FAILED(CallSweep(session, kernel,
                             {shape, true, state ? kStateful : kStateless, kValues}));
  return CloseCalls(session, kernel, shape, state);
}

Verdictless GpuCorrectness::EqualValues(GpuSession& session,
                                        const PlannedKernel& kernel,
                                        const ShapeCase& shape) {
  if (!checks_.on(Check::kInputFamilies) || !TiesHaveOneAnswer(parts_.task, shape))
    return std::nullopt;
  Circumstances where;
  where.right_before = true;
  where.input_case = {shape, InputFamily::kSmallIntegers, 0};
  RETURN_IF_FAILED(Try(session, kernel, where, true, {}));
  seen_.pop_back();
  return std::nullopt;
}

Verdictless GpuCorrectness::CloseCalls(GpuSession& session,
                                       const PlannedKernel& kernel,
                                       const ShapeCase& shape, bool state) {
  if (state && !kernel.host) RETURN_IF_FAILED(QuickCalls(session, kernel, shape));
  if (!checks_.on(Check::kNudge)) return std::nullopt;
  return NudgeListed(session, kernel, shape);
}

Verdictless GpuCorrectness::SecondWorld(const PlannedKernel& kernel) {
  ASSIGN_OR_RETURN(KernelProcess* process,
                   parts_.processes.For(1, parts_.memory));
  GpuSession session({parts_.driver, parts_.kernels, parts_.task, parts_.memory,
                      *process}, SecondWorldRules());
  earlier_.clear();
  right_shapes_.clear();
  const std::vector<Seen> first_world = std::move(seen_);
  seen_.clear();
  for (Seen seen : first_world) {
    seen.where.during = " in a second process, with other addresses and other "
                        "old memory contents";
    seen.where.right_before = false;
    auto outcome = Try(session, kernel, seen.where, seen.listed, {});
    if (!outcome) return outcome;
    if (*outcome && HasWrongValues(**outcome)) return DependsOnMore(**outcome);
    if (*outcome) return outcome;
    if (seen_.back().digest == seen.digest) continue;
    evidence_->nondeterministic = true;
    if (parts_.task.objective.deterministic)
      return Failure{Code::kNondet,
                     "the task asks for the same bits at every run; they differ "
                     "between two processes at shape " +
                         seen.where.input_case.shape.name, "two_worlds", ""};
  }
  return std::nullopt;
}

Verdictless GpuCorrectness::Try(GpuSession& session, const PlannedKernel& kernel,
                                const Circumstances& where, bool listed,
                                const Manner& manner) {
  uint64_t digest = 0;
  if (manner.bind) bound_ = where.input_case;
  const double worst_before = evidence_->worst_share;
  const bool on_device = listed && parts_.oracle.on_device();
  auto outcome = TryWhere(session, kernel, where, listed, manner, &digest);
  if (outcome && *outcome && MayBeBadAccess(**outcome))
    return ExplainFault(kernel, where, **outcome);
  if (outcome && *outcome) {
    const double of_failure = std::exchange(evidence_->worst_share, worst_before);
    outcome = LookAgain(session, kernel, where, on_device, **outcome);
    if (outcome && *outcome) evidence_->worst_share = of_failure;
  }
  if (outcome && *outcome) {
    if (HasWrongValues(**outcome))
      failed_ = {where.input_case, listed};
    return Rename(session, kernel, where, digest, on_device, **outcome);
  }
  RETURN_IF_FAILED(std::move(outcome));
  right_shapes_.insert(where.input_case.shape.name);
  earlier_.push_back(digest);
  seen_.push_back({where, digest, listed});
  return std::nullopt;
}

bool GpuCorrectness::IsBoundFor(const InputCase& one) const {
  return bound_ && bound_->shape.dims == one.shape.dims &&
         bound_->shape.attributes == one.shape.attributes &&
         bound_->family == one.family &&
         bound_->constant_trial == one.constant_trial &&
         bound_->nudged_constants + one.nudged_constants == 0;
}

Verdictless GpuCorrectness::TryWhere(GpuSession& session,
                                     const PlannedKernel& kernel,
                                     const Circumstances& where, bool listed,
                                     const Manner& manner, uint64_t* digest) {
  return listed && parts_.oracle.on_device()
             ? TryListed(session, kernel, where, manner, digest)
             : TrySmall(session, kernel, where, manner, digest);
}

Verdictless GpuCorrectness::TryListed(GpuSession& session,
                                      const PlannedKernel& kernel,
                                      const Circumstances& where,
                                      const Manner& manner, uint64_t* digest) {
  const InputCase& input_case = where.input_case;
  const ShapePlan* plan = kernel.For(input_case.shape);
  if (!plan) return Broken("no plan was recorded for " + input_case.shape.name);
  session.Place(input_case.shape, plan->workspace_bytes);
  RETURN_IF_ERROR(inputs_.Write(input_case, /*constants=*/true, parts_.memory));
  ASSIGN_OR_RETURN(const DeviceAnswer* answer,
                   parts_.oracle.Answer(input_case, secret_, parts_.memory));
  if (manner.bind)
    RETURN_IF_FAILED(session.BindInPlace(input_case.shape, *plan, kernel.plan));
  RETURN_IF_FAILED(Call(session, manner));
  ASSIGN_OR_RETURN(*digest, session.Digest());
  return VerifyOnDevice({parts_.driver, parts_.kernels, parts_.task, session,
                         *answer}, checks_, where, evidence_);
}

Verdictless GpuCorrectness::TrySmall(GpuSession& session,
                                     const PlannedKernel& kernel,
                                     const Circumstances& where,
                                     const Manner& manner, uint64_t* digest) {
  const InputCase& input_case = where.input_case;
  const auto inputs =
      parts_.oracle.HostInputs(input_case, inputs_.generator(), secret_);
  ASSIGN_OR_RETURN(const auto expected,
                   parts_.oracle.HostAnswer(input_case, *inputs, secret_));
  const ShapePlan* plan = kernel.For(input_case.shape);
  if (!plan) return Broken("no plan was recorded for " + input_case.shape.name);
  if (manner.bind)
    RETURN_IF_FAILED(session.Bind(input_case.shape, *plan, kernel.plan, *inputs));
  else
    RETURN_IF_ERROR(session.WriteInputs(*inputs, /*constants=*/false));
  RETURN_IF_FAILED(Call(session, manner));
  RETURN_IF_ERROR(session.Download());
  *digest = OutputDigest(session, parts_.task);
  if (auto failure = VerifyOutputs(session, parts_.task, *expected, checks_, where,
                                   evidence_))
    return failure;
  if (input_case.family == InputFamily::kAligned && parts_.oracle.library_arbitrates())
    return HoldBesideLibrary(session, where, *expected);
  return std::nullopt;
}

Verdictless GpuCorrectness::Call(GpuSession& session, const Manner& manner) {
  if (!manner.over_old) RETURN_IF_ERROR(session.Poison(++poison_));
  const auto limit = GpuCallLimit(parts_.task, session.shape());
  double host_ns = 0;
  if (manner.in_a_row > 1)
    RETURN_IF_FAILED(session.RunInARow(manner.in_a_row, limit));
  else
    RETURN_IF_FAILED(session.Run(limit, &host_ns, manner.as_used));
  evidence_->calls += manner.in_a_row;
  evidence_->kernel_ms += host_ns * 1e-6;
  return std::nullopt;
}

Verdictless GpuCorrectness::CallSweep(GpuSession& session,
                                      const PlannedKernel& kernel,
                                      const Row& row) {
  if (!checks_.on(Check::kCallSweep)) return std::nullopt;
  Circumstances where;
  where.right_before = true;
  constexpr int kFewest = 8;
  constexpr auto kTooMuch = std::chrono::seconds(5);
  const auto start = std::chrono::steady_clock::now();
  RowDraw draw(secret_, "calls of a row");
  const int calls = draw.Length(row.calls);
  for (int call = 0; call < calls; ++call) {
    if (call >= kFewest && std::chrono::steady_clock::now() - start > kTooMuch)
      break;
    where.input_case = {row.shape, InputFamily::kDeclared, 1000 + call % row.values};
    where.during = format(", call {} of a row", call + 1);
    const Manner manner{.bind = call == 0, .over_old = draw.OverOld(),
                        .as_used = draw.Coin()};
    auto outcome = Try(session, kernel, where, row.listed, manner);
    if (outcome && *outcome && (*outcome)->code == Code::kReplay)
      (*outcome)->check = "call_sweep";
    RETURN_IF_FAILED(std::move(outcome));
    seen_.pop_back();
  }
  return std::nullopt;
}

Verdictless GpuCorrectness::QuickCalls(GpuSession& session,
                                       const PlannedKernel& kernel,
                                       const ShapeCase& shape) {
  constexpr int kAbout = 60;
  if (!checks_.on(Check::kCallSweep)) return std::nullopt;
  RowDraw draw(secret_, "calls in quick succession");
  Circumstances where;
  where.right_before = true;
  where.during = ", in one of many calls in quick succession";
  where.input_case = {shape, InputFamily::kDeclared, 0};
  RETURN_IF_FAILED(Try(session, kernel, where, true, {.in_a_row = draw.Length(kAbout)}));
  seen_.pop_back();
  return std::nullopt;
}

Verdictless GpuCorrectness::Nudge(GpuSession& session, const PlannedKernel& kernel,
                                  const CorrectnessPlan& plan) {
  Circumstances where;
  where.right_before = true;
  where.during = ", after a single element had changed";
  ASSIGN_OR_RETURN(
      const auto cases,
      TellingNudges(parts_.task, plan.probes(),
                    [&](const InputCase& one) { return SmallAnswer(one); }));
  for (const InputCase& one : cases) {
    where.input_case = one;
    const bool nudged = one.nudged_elements > 0;
    // A kernel that looks whether the answer is there already finds it almost.
    auto outcome = Try(session, kernel, where, false,
                       {.bind = !nudged && !IsBoundFor(one), .over_old = nudged});
    if (outcome && *outcome && one.IsNudged() && (*outcome)->check == "compare")
      return Failure{Code::kReplay, (*outcome)->message, "nudge", ""};
    RETURN_IF_FAILED(std::move(outcome));
    seen_.pop_back();
  }
  return std::nullopt;
}

Verdictless GpuCorrectness::NudgeListed(GpuSession& session,
                                        const PlannedKernel& kernel,
                                        const ShapeCase& shape) {
  constexpr int kElements = 64, kTrials = 2;
  Circumstances where;
  where.right_before = true;
  where.during = ", after a few elements had changed";
  where.input_case = {shape, InputFamily::kDeclared, 1};
  for (int trial = 0; trial <= kTrials; ++trial) {
    where.input_case.nudged_elements = trial > 0 ? kElements : 0;
    where.input_case.nudge_trial = trial;
    auto outcome = Try(session, kernel, where, true,
                       {.bind = !IsBoundFor(where.input_case),
                        .over_old = trial > 0});
    if (outcome && *outcome && trial > 0 && (*outcome)->check == "compare")
      return Failure{Code::kReplay, (*outcome)->message, "nudge", ""};
    RETURN_IF_FAILED(std::move(outcome));
    seen_.pop_back();
  }
  return std::nullopt;
}

Failure GpuCorrectness::ExplainFault(const PlannedKernel& kernel,
                                     const Circumstances& where,
                                     const Failure& failure) {
  Failure told{Code::kOob,
               format("{} at shape {} with {} inputs{}: the kernel touched memory "
                      "that is not its own", failure.message,
                      where.input_case.shape.name,
                      FamilyName(where.input_case.family), where.during),
               "guards", failure.log};
  // With inputs that may be written, does the fault go away?
  auto process = parts_.processes.Permissive(parts_.memory);
  if (!process) return told;
  GpuSession again({parts_.driver, parts_.kernels, parts_.task, parts_.memory,
                    **process}, FirstWorldRules());
  const ShapeCase& shape = where.input_case.shape;
  const ShapePlan* plan = kernel.For(shape);
  if (!plan) return told;
  again.Place(shape, plan->workspace_bytes);
  if (!inputs_.Write(where.input_case, /*constants=*/true, parts_.memory))
    return told;
  auto bound = again.BindInPlace(shape, *plan, kernel.plan);
  double ignored = 0;
  if (bound && !*bound) bound = again.Run(GpuCallLimit(parts_.task, shape), &ignored);
  if (!bound || (*bound && (*bound)->code != Code::kInputMutated)) return told;
  return {Code::kInputMutated,
          format("wrote to an input, which is read-only, at shape {}", shape.name),
          "guards", ""};
}

}  // namespace kernelevolve::worker::gpu
