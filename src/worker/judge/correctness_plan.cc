#include <algorithm>
#include <cstring>

#include "base/digest.h"
#include "base/random.h"
#include "worker/judge/correctness.h"
#include "worker/judge/shape_sampler.h"
#include "worker/judge/special_values.h"

namespace kernelevolve::worker {

std::chrono::nanoseconds CallLimit(const Task& task, const ShapeCase& shape) {
  // Two seconds, and ten nanoseconds for every operation the task counts: two
  // orders of magnitude slower than plain code.
  const double flops =
      task.flops ? task.flops->Evaluate(BindDims(shape)).value_or(0) : 0;
  return std::chrono::nanoseconds(static_cast<int64_t>(2e9 + 10 * flops));
}

std::vector<InputCase> CorrectnessPlan::ValueCases(
    const ShapeCase& probe, const CheckSet& checks) const {
  using enum InputFamily;
  std::vector<InputCase> cases;
  for (const InputFamily family : families)
    if (checks.on(family == kSpecial ? Check::kSpecialValues
                                     : Check::kInputFamilies))
      cases.push_back({probe, family, 0});
  if (!checks.on(Check::kSpecialValues)) return cases;
  for (int64_t input = 0; input < special_inputs; ++input) {
    cases.push_back({probe, kSpecialRows, input});
    if (short_rows && checks.on(Check::kHeldOutShapes))
      cases.push_back({*short_rows, kSpecialRows, input});
  }
  return cases;
}

CorrectnessPlan PlanCorrectness(const Task& task, const std::string& device_kind,
                                Stage stage, const std::string& secret) {
  CorrectnessPlan plan;
  plan.listed = task.ShapesFor(device_kind);
  std::sort(plan.listed.begin(), plan.listed.end(),
            [&](const ShapeCase& a, const ShapeCase& b) {
              return ElementCount(task.outputs[0], a) <
                     ElementCount(task.outputs[0], b);
            });
  using enum InputFamily;
  plan.families = {kStructured, kCancelling, kLarge, kTiny, kSparse,
                   kSmallIntegers, kAllEqual, kSpecial};
  if (stage != Stage::kSearch) plan.declared_trials = 2;
  if (stage != Stage::kSearch) plan.families.push_back(kDescending);
  // Never seen before.
  if (stage == Stage::kFinal)
    plan.families.insert(plan.families.end(), {kAscending, kOutlier});
  if (stage == Stage::kFinal) plan.sweep_calls = 200;

  const Digest digest = HmacSha256(secret, "held-out shapes");
  uint64_t seed;
  std::memcpy(&seed, digest.data(), sizeof seed);
  const int count = stage == Stage::kSearch ? 5 : stage == Stage::kConfirm ? 8 : 12;
  plan.held_out = DrawHeldOutShapes(task, seed, count, ShapeLimits{});
  // Probes make many calls: on the largest of the small ones, so that a
  // single-element shape does not waste them.
  std::stable_sort(plan.held_out.begin(), plan.held_out.end(),
                   [&](const ShapeCase& a, const ShapeCase& b) {
                     return ElementCount(task.outputs[0], a) >
                            ElementCount(task.outputs[0], b);
                   });
  const std::vector<size_t> special = SpecialInputs(task);
  plan.special_inputs = static_cast<int64_t>(special.size());
  plan.short_rows = DrawShortRows(task, special, MixBits(seed),
                                  ShapeLimits{.elements = 1 << 14});
  // Last: the probes' shape, the first, may have rows of any length.
  if (plan.short_rows) plan.held_out.push_back(*plan.short_rows);
  return plan;
}

}  // namespace kernelevolve::worker
