#include "worker/gpu/judge/shaken_calls.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

#include "base/format.h"
#include "base/text.h"
#include "worker/gpu/launcher/launcher_process.h"
#include "worker/judge/secret_seed.h"

namespace kernelevolve::worker::gpu {
namespace {

// A quarter of the blocks are late in each, at their start or behind where they let the
// next launch begin. Values take turns: scratch memory may
// hold what the call before left, which must not be the answer.
constexpr int kSmallCalls = 16, kListedCalls = 4, kSmallValues = 4, kListedValues = 2;

// Of one module.
std::set<std::string, std::less<>> LaunchedIn(const LaunchPlan& plan, size_t module) {
  std::set<std::string, std::less<>> names;
  for (const ShapePlan& shape : plan.shapes)
    for (const auto* ops : {&shape.setup, &shape.run})
      for (const PlanOp& op : *ops)
        if (const auto* launch = std::get_if<LaunchOp>(&op);
            launch && launch->module == static_cast<int>(module))
          names.insert(launch->kernel);
  return names;
}

bool HasRaceableSteps(const std::vector<PlanOp>& ops) {
  return std::ranges::any_of(ops, [](const PlanOp& op) {
    const auto* launch = std::get_if<LaunchOp>(&op);
    return (launch && launch->programmatic) ||
           std::visit([](const auto& one) { return one.stream != 0; }, op);
  });
}

// What comes of the calls of one candidate at one stage.
class Calls {
 public:
  explicit Calls(const ShakenSubject& subject)
      : subject_(subject),
        plan_(PlanCorrectness(subject.parts.task, "gpu", subject.request.stage,
                              subject.request.secret)) {}

  // An error where a process died: it is no more than a lost call here.
  Verdictless All(const PlannedKernel& kernel, bool at_listed = true) {
    auto outcome = Try(kernel, at_listed);
    if (outcome || subject_.parts.driver.CtxSynchronize() != kCudaSuccess)
      return outcome;
    subject_.parts.processes.Retire(1);
    return Failure{Code::kRunFailed, outcome.error().message, "run", ""};
  }
  // Of each launch at the listed shape: a device does some hundred at once, and each of
  // these rounds waits for its latest.
  bool HasFewBlocks() const {
    constexpr uint64_t kMost = 1 << 15;
    const ShapePlan* shape =
        plan_.listed.empty() ? nullptr : subject_.kernel.For(plan_.listed[0]);
    return shape && std::ranges::all_of(shape->run, [](const PlanOp& op) {
             const auto* launch = std::get_if<LaunchOp>(&op);
             return !launch || std::accumulate(launch->grid.begin(), launch->grid.end(),
                                               uint64_t{1}, std::multiplies()) <= kMost;
           });
  }

 private:
  Verdictless Try(const PlannedKernel& kernel, bool at_listed) {
    GpuCorrectness calls(subject_.parts, subject_.request.secret, subject_.checks);
    Evidence evidence;  // of the driver's build, not of the kernel's own
    if (subject_.parts.oracle.has_host() && !plan_.held_out.empty())
      RETURN_IF_FAILED(calls.CallsAt(
          kernel, {plan_.probe(), false, kSmallCalls, kSmallValues}, &evidence));
    if (plan_.listed.empty() || !at_listed) return std::nullopt;
    return calls.CallsAt(kernel, {plan_.listed[0], true, kListedCalls, kListedValues},
                         &evidence);
  }

  const ShakenSubject& subject_;
  const CorrectnessPlan plan_;
};

using Lose = std::function<std::nullopt_t(const std::string& why)>;

// A failure of shaken calls, unless the same ones fail without pauses.
Verdictless AsRace(Calls& calls, const PlannedKernel& kernel, const Failure& failure,
                   const Lose& lose) {
  const auto plain = calls.All(FromPtx(kernel));
  if (!plain) return plain;
  if (*plain) return lose("without pauses as well: " + (*plain)->message);
  return Failure{Code::kRace,
                 "right, and wrong when blocks and warps get out of step: " +
                     failure.message,
                 InfoOf(Check::kShakenSchedule).name, failure.log};
}

std::string TagOf(const std::string& secret) {
  return format("{:x}", SecretSeed(secret, "names of registers"));
}

}  // namespace

bool MayRace(const LaunchPlan& plan) {
  return std::ranges::any_of(plan.shapes, [](const ShapePlan& shape) {
           return HasRaceableSteps(shape.run);
         }) || std::ranges::any_of(plan.ptx, TalksBetweenBlocks);
}

PlannedKernel FromPtx(const PlannedKernel& kernel) {
  PlannedKernel built = kernel;
  for (size_t i = 0; i < kernel.plan.ptx.size(); ++i)
    if (!kernel.plan.ptx[i].empty()) built.plan.modules[i] = kernel.plan.ptx[i];
  return built;
}

ShakenKernel Shake(const PlannedKernel& kernel, const std::string& tag, Pauses pauses) {
  const LaunchPlan& plan = kernel.plan;
  ShakenKernel shaken{kernel};
  for (size_t i = 0; i < plan.modules.size(); ++i) {
    const Shaking how{tag, pauses, LaunchedIn(plan, i)};
    if (how.entries.empty()) continue;
    ShakenPtx module;
    if (i < plan.ptx.size()) module = ShakePtx(plan.ptx[i], how);
    if (module.entries < static_cast<int>(how.entries.size())) ++shaken.unknown;
    if (module.entries == 0) continue;
    ++shaken.modules;
    shaken.kernel.plan.modules[i] = std::move(module.text);
  }
  return shaken;
}

bool MayComeOfSchedule(const Failure& failure) {
  if (MayBeBadAccess(failure)) return true;
  // Sums in another order come near the bound of the ratio alone.
  if (failure.check == InfoOf(Check::kErrorRatio).name) return false;
  constexpr Code kValues[] = {Code::kWrongOutput, Code::kPrecision, Code::kNonfinite,
                              Code::kOutputNotWritten, Code::kOob};
  return std::ranges::find(kValues, failure.code) != std::end(kValues);
}

Verdictless CheckShaken(const ShakenSubject& subject,
                        std::vector<std::string>* notes) {
  const LaunchPlan& plan = subject.kernel.plan;
  if (!subject.checks.on(Check::kShakenSchedule) || subject.kernel.host ||
      (subject.request.stage == Stage::kSearch && !MayRace(plan)))
    return std::nullopt;
  const Lose lose = [&](const std::string& why) {
    notes->push_back("unlucky schedules say nothing of the kernel: " +
                     Sanitize(why, 300));
    return std::nullopt;
  };
  const std::string tag = TagOf(subject.request.secret);
  Calls calls(subject);
  for (const Pauses pauses : {Pauses::kEverywhere, Pauses::kLateBlocks}) {
    const ShakenKernel shaken = Shake(subject.kernel, tag, pauses);
    if (shaken.modules == 0) return lose("the kernels' PTX is not known");
    if (shaken.unknown > 0 && pauses == Pauses::kEverywhere)
      notes->push_back(format("unlucky schedules leave out {} whose PTX is not known",
                              Counted(shaken.unknown, "module")));
    const bool at_listed = pauses == Pauses::kEverywhere || calls.HasFewBlocks();
    const auto outcome = calls.All(shaken.kernel, at_listed);
    if (!outcome) return outcome;
    if (!*outcome) continue;
    if (MayComeOfSchedule(**outcome)) return AsRace(calls, subject.kernel, **outcome, lose);
    lose((*outcome)->message);
    if ((*outcome)->code == Code::kTimeout) break;
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker::gpu
