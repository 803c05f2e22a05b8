#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/digest.h"
#include "base/random.h"
#include "worker/judge/correctness.h"
#include "worker/judge/mixed_rows.h"
#include "worker/judge/shape_sampler.h"
#include "worker/judge/special_values.h"
#include "worker/judge/ties.h"

namespace kernelevolve::worker {

std::chrono::nanoseconds CallLimit(const Task& task, const ShapeCase& shape) {
  // Two seconds, and ten nanoseconds for every operation the task counts: two
  // orders of magnitude slower than plain code.
  const double flops =
      task.flops ? task.flops->Evaluate(BindDims(shape)).value_or(0) : 0;
  return std::chrono::nanoseconds(static_cast<int64_t>(2e9 + 10 * flops));
}

namespace {

bool IsOn(InputFamily family, const CheckSet& checks) {
  const bool special = family == InputFamily::kSpecial ||
                       family == InputFamily::kSpecialRows;
  return checks.on(special ? Check::kSpecialValues : Check::kInputFamilies);
}

bool MakesFloats(const Task& task) {
  return std::any_of(task.outputs.begin(), task.outputs.end(),
                     [](const TensorSpec& t) { return IsFloating(t.dtype); });
}

// What carelessness shows under. Not the families under which long sums of floats
// err alike, or as their order has it (cancelling values, outliers): the bound
// would have to be too loose to be of use.
std::vector<InputFamily> FamiliesAtListed(const Task& task, Stage stage) {
  using enum InputFamily;
  const bool search = stage == Stage::kSearch;
  if (MakesFloats(task)) {
    std::vector<InputFamily> families = {kLarge, kOffset};
    if (!search) families.push_back(kTiny);
    return families;
  }
  std::vector<InputFamily> families = {kLarge, kTiny, kStructured};
  if (!search)
    families.insert(families.end(), {kCancelling, kSparse, kAllEqual, kDescending});
  if (stage == Stage::kFinal)
    families.insert(families.end(), {kAscending, kOutlier});
  return families;
}

// At the search stage all at one of the listed shapes, to which the kernel is
// bound once; to confirm, each at one of them in turn; in the final stage all at
// all, and always where nothing floats: integers are soon drawn and compared. Large
// values at all where a device makes and compares them in no time: who takes no
// maximum before exponentials may do so at one shape.
std::vector<InputCase> PlanListedValues(const Task& task,
                                        const CorrectnessPlan& plan, Stage stage,
                                        bool on_device, uint64_t seed) {
  if (plan.listed.empty()) return {};
  Random random(seed);
  std::vector<InputCase> kinds;
  for (const InputFamily family : FamiliesAtListed(task, stage))
    kinds.push_back({{}, family, 0});
  const auto special = static_cast<uint64_t>(plan.special_inputs);
  const uint64_t tried = stage == Stage::kSearch ? std::min<uint64_t>(special, 1) : special;
  const uint64_t from = special > 0 ? random.Below(special) : 0;
  for (uint64_t i = 0; i < tried; ++i)
    kinds.push_back({{}, InputFamily::kSpecialRows,
                     static_cast<int64_t>((from + i) % special)});
  std::vector<InputCase> cases;
  const size_t shapes = plan.listed.size(), first = random.Below(shapes);
  const bool everywhere = stage == Stage::kFinal || !MakesFloats(task);
  for (size_t round = 0; round < (everywhere ? shapes : 1); ++round)
    for (size_t i = 0; i < kinds.size(); ++i) {
      const size_t turn = stage == Stage::kConfirm ? i : 0;
      kinds[i].shape = plan.listed[(first + turn + round) % shapes];
      cases.push_back(kinds[i]);
    }
  // Of integers everywhere only later: it costs as much as the other three.
  if (stage == Stage::kSearch && !MakesFloats(task))
    cases.push_back({plan.listed[first], InputFamily::kCancelling, 0});
  if (everywhere || !on_device) return cases;
  for (size_t i = 1; i < shapes; ++i)
    cases.push_back({plan.listed[(first + i) % shapes], InputFamily::kLarge, 0});
  return cases;
}

// At the search stage two of them, later all.
std::vector<int64_t> DrawMixedTrials(const Task& task, Stage stage, uint64_t seed) {
  constexpr size_t kInSearch = 2;
  std::vector<int64_t> trials(static_cast<size_t>(MixedTrials(task)));
  std::iota(trials.begin(), trials.end(), 0);
  Random random(seed);
  random.Shuffle(trials);
  if (stage == Stage::kSearch && trials.size() > kInSearch) trials.resize(kInSearch);
  return trials;
}

}  // namespace

std::vector<InputCase> CorrectnessPlan::ListedValueCases(
    const CheckSet& checks) const {
  std::vector<InputCase> cases;
  for (const InputCase& one : listed_values)
    if (IsOn(one.family, checks)) cases.push_back(one);
  return cases;
}

std::vector<InputCase> CorrectnessPlan::ValueCases(
    const ShapeCase& probe, const CheckSet& checks) const {
  using enum InputFamily;
  std::vector<InputCase> cases;
  for (const InputFamily family : families)
    if (IsOn(family, checks)) cases.push_back({probe, family, 0});
  for (const int64_t trial : mixed_trials)
    if (IsOn(kMixedRows, checks)) cases.push_back({probe, kMixedRows, trial});
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

  if (DecidesByComparing(task)) plan.families.push_back(kTies);

  const Digest digest = HmacSha256(secret, "held-out shapes");
  uint64_t seed;
  std::memcpy(&seed, digest.data(), sizeof seed);
  int count = stage == Stage::kSearch ? 5 : stage == Stage::kConfirm ? 8 : 12;
  // A library takes shapes as they come; plans are recorded for each, and Python
  // compiles a kernel for most.
  if (device_kind == "cpu") count += 4;
  plan.held_out = DrawHeldOutShapes(task, seed, count, ShapeLimits{});
  // Probes make many calls: on the largest of the small ones, so that a
  // single-element shape does not waste them.
  std::stable_sort(plan.held_out.begin(), plan.held_out.end(),
                   [&](const ShapeCase& a, const ShapeCase& b) {
                     return ElementCount(task.outputs[0], a) >
                            ElementCount(task.outputs[0], b);
                   });
  // Without a cost nobody knows how long a call there takes.
  if (device_kind == "cpu" && task.flops)
    plan.far = DrawFarShapes(task, plan.listed, MixBits(seed + 1),
                             stage == Stage::kSearch ? 1 : 4,
                             ShapeLimits{.elements = 1 << 18, .flops = 1e7});
  plan.mixed_trials = DrawMixedTrials(task, stage, MixBits(seed + 3));
  const std::vector<size_t> special = SpecialInputs(task);
  plan.special_inputs = static_cast<int64_t>(special.size());
  plan.short_rows = DrawShortRows(task, special, MixBits(seed),
                                  ShapeLimits{.elements = 1 << 14});
  plan.listed_values = PlanListedValues(task, plan, stage, device_kind == "gpu", seed);
  plan.quick = plan.listed;
  if (stage == Stage::kSearch && !plan.listed_values.empty())
    plan.quick = {plan.listed_values[0].shape};
  // Last: the probes' shape, the first, may have rows of any length.
  if (plan.short_rows) plan.held_out.push_back(*plan.short_rows);
  return plan;
}

}  // namespace kernelevolve::worker
