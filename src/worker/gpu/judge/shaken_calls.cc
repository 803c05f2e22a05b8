#include "worker/gpu/judge/shaken_calls.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "worker/gpu/judge/shaken_ptx.h"

namespace kernelevolve::worker::gpu {
namespace {

// A quarter of the blocks begin late: in so many calls, each does.
constexpr int kSmallCalls = 16, kListedCalls = 4;

bool MayRace(const LaunchPlan& plan) {
  return std::ranges::any_of(plan.ptx, TalksBetweenBlocks);
}

// nullopt if a module's PTX is not known.
std::optional<PlannedKernel> Shake(const PlannedKernel& kernel) {
  if (kernel.plan.ptx.size() != kernel.plan.modules.size()) return std::nullopt;
  PlannedKernel shaken = kernel;
  shaken.plan.modules.clear();
  for (const std::string& ptx : kernel.plan.ptx) {
    ShakenPtx module = ShakePtx(ptx);
    if (module.text.empty()) return std::nullopt;
    shaken.plan.modules.push_back(std::move(module.text));
  }
  return shaken;
}

// Where the host answers, at a small shape as well.
Verdictless CallAll(const ShakenSubject& subject, const PlannedKernel& shaken,
                    Evidence* evidence) {
  const CorrectnessPlan cases =
      PlanCorrectness(subject.parts.task, "gpu", subject.request.stage,
                      subject.request.secret);
  GpuCorrectness calls(subject.parts, subject.request.secret, subject.checks);
  const auto call = [&](const ShapeCase& shape, bool listed, int times) {
    return calls.CallsAt(shaken, {shape, InputFamily::kDeclared, 0}, listed, times,
                         evidence);
  };
  if (subject.parts.oracle.has_host() && !cases.held_out.empty())
    RETURN_IF_FAILED(call(cases.probe(), /*listed=*/false, kSmallCalls));
  if (cases.listed.empty()) return std::nullopt;
  return call(cases.listed[0], /*listed=*/true, kListedCalls);
}

bool IsOfValues(const Failure& failure) {
  return failure.code == Code::kWrongOutput || failure.code == Code::kPrecision ||
         failure.code == Code::kNonfinite || failure.code == Code::kOutputNotWritten ||
         failure.code == Code::kOob;
}

}  // namespace

Verdictless CheckShaken(const ShakenSubject& subject, Evidence* evidence,
                        std::vector<std::string>* notes) {
  const LaunchPlan& plan = subject.kernel.plan;
  if (!subject.checks.on(Check::kShakenSchedule) || subject.kernel.host ||
      (subject.request.stage == Stage::kSearch && !MayRace(plan)))
    return std::nullopt;
  const auto lose = [&](const std::string& why) {
    notes->push_back("no unlucky schedule has been tried: " + Sanitize(why, 300));
    return std::nullopt;
  };
  const auto shaken = Shake(subject.kernel);
  if (!shaken) return lose("the kernels' PTX is not known");
  auto outcome = CallAll(subject, *shaken, evidence);
  if (!outcome || !*outcome) return outcome;
  if (!IsOfValues(**outcome)) return lose((*outcome)->message);
  return Failure{Code::kRace,
                 "right, and wrong when blocks and warps get out of step: " +
                     (*outcome)->message,
                 "shaken_schedule", ""};
}

}  // namespace kernelevolve::worker::gpu
