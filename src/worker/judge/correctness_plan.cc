#include <algorithm>
#include <numeric>

#include "base/random.h"
#include "worker/judge/aligned_rows.h"
#include "worker/judge/correctness.h"
#include "worker/judge/mixed_rows.h"
#include "worker/judge/rising_rows.h"
#include "worker/judge/row_draw.h"
#include "worker/judge/secret_seed.h"
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

// What was written 256 calls ago has the mark of today where marks have 8 bits: of some 20
// us each, and one of the last of the row is that long ago when they are over.
constexpr int kWrapOf8Bits = 256, kLastOfRow = 3;

constexpr size_t kStridedShapes = 3, kOpposedShapes = 2;  // of the broadest ones

bool IsOn(InputFamily family, const CheckSet& checks) {
  return checks.on(HasSpecials(family) ? Check::kSpecialValues : Check::kInputFamilies);
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

// The shape at which integers may differ most from each other.
const ShapeCase& WidestRange(const Task& task, const std::vector<ShapeCase>& shapes) {
  const auto width = [&](const ShapeCase& shape) {
    double widest = 0;
    for (const TensorSpec& input : task.inputs) {
      std::vector<double> ends;
      for (const Expression& end : input.values.arguments)
        ends.push_back(end.Evaluate(BindDims(shape)).value_or(0));
      if (IsFloating(input.dtype) || ends.empty()) continue;
      if (ends.size() == 1) ends.push_back(0);
      widest = std::max(widest, *std::ranges::max_element(ends) -
                                    *std::ranges::min_element(ends));
    }
    return widest;
  };
  return *std::ranges::max_element(shapes, {}, width);
}

bool HasLongAxis(const TensorSpec& input, const ShapeCase& shape) {
  return std::ranges::any_of(Extents(input, shape), [](int64_t extent) {
    return extent >= kLongDim;
  });
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
  const auto input = [&](uint64_t i) {
    return static_cast<int64_t>((from + i) % special);
  };
  for (uint64_t i = 0; i < tried; ++i)
    kinds.push_back({{}, InputFamily::kSpecialRows, input(i)});
  for (uint64_t i = 0; i < tried && special > 1 && !on_device; ++i)
    kinds.push_back({{}, InputFamily::kSpecialRows, LoneTrial(task, input(i + 1))});
  std::vector<InputCase> cases;
  const size_t shapes = plan.listed.size(), first = random.Below(shapes);
  const bool everywhere = stage == Stage::kFinal || !MakesFloats(task);
  for (size_t round = 0; round < (everywhere ? shapes : 1); ++round)
    for (size_t i = 0; i < kinds.size(); ++i) {
      const size_t turn = stage == Stage::kConfirm ? i : 0;
      kinds[i].shape = plan.listed[(first + turn + round) % shapes];
      cases.push_back(kinds[i]);
    }
  // Of integers everywhere only later: it costs as much as the other three. Where
  // their range is widest they are as far from each other as they can be; one draw
  // in six has no value where that shows. A device draws none of these itself.
  if (stage == Stage::kSearch && !MakesFloats(task))
    for (int64_t trial = 0; trial < (on_device ? 1 : 2); ++trial)
      cases.push_back({on_device ? plan.listed[first] : WidestRange(task, plan.listed),
                       InputFamily::kCancelling, trial});
  if (DecidesByComparing(task)) cases.push_back({plan.listed[first], InputFamily::kTies, 0});
  if (everywhere || !on_device) return cases;
  for (size_t i = 1; i < shapes; ++i)
    cases.push_back({plan.listed[(first + i) % shapes], InputFamily::kLarge, 0});
  return cases;
}

// Of shapes the one with the longest rows in what has rows of mixed sizes, else in the
// first floating input; none if it is the first, which serves for most.
std::optional<ShapeCase> WithLongestRows(const Task& task,
                                         const std::vector<ShapeCase>& shapes) {
  const std::vector<size_t> special = SpecialInputs(task);
  const auto rows = special.empty()
                        ? std::ranges::find_if(task.inputs, IsFloating, &TensorSpec::dtype)
                        : task.inputs.begin() + static_cast<std::ptrdiff_t>(special[0]);
  if (rows == task.inputs.end() || shapes.empty()) return std::nullopt;
  const auto longest = std::ranges::max_element(shapes, {}, [&](const ShapeCase& shape) {
    return RowLength(*rows, shape);
  });
  if (longest == shapes.begin()) return std::nullopt;
  return *longest;
}

// At the search stage four of them, later all.
std::vector<int64_t> DrawMixedTrials(const Task& task, Stage stage, uint64_t seed) {
  constexpr size_t kInSearch = 4;
  std::vector<int64_t> trials(static_cast<size_t>(MixedTrials(task)));
  std::iota(trials.begin(), trials.end(), 0);
  Random random(seed);
  random.Shuffle(trials);
  if (stage == Stage::kSearch && trials.size() > kInSearch) trials.resize(kInSearch);
  return trials;
}

// Without a cost nobody knows how long a call there takes.
std::vector<ShapeCase> PlanFar(const Task& task, const std::vector<ShapeCase>& listed,
                               Stage stage, uint64_t seed) {
  if (!task.flops) return {};
  const bool search = stage == Stage::kSearch;
  std::vector<ShapeCase> shapes = DrawFarShapes(
      task, listed, MixBits(seed + 1), search ? 1 : 4,
      {.elements = search ? 1 << 18 : 1 << 20, .flops = 1e7});
  for (ShapeCase& pair : DrawFarPairs(task, listed, MixBits(seed + 5), search ? 6 : 15,
                                      {.elements = 1 << 19, .flops = search ? 3e6 : 1e7}))
    if (!IsAmong(shapes, pair)) shapes.push_back(std::move(pair));
  if (search) return shapes;
  // Seconds of a reference.
  const auto largest = DrawLargest(task, MixBits(seed + 4),
                                   {.elements = 1 << 22, .flops = 1e9});
  if (largest && !IsAmong(shapes, *largest)) shapes.push_back(*largest);
  return shapes;
}

// In rows with NaN or infinities of the inputs that are long there.
std::vector<InputCase> PlanLongValues(const Task& task,
                                      const std::vector<ShapeCase>& long_dims) {
  const std::vector<size_t> special = SpecialInputs(task);
  std::vector<InputCase> cases;
  for (const ShapeCase& shape : long_dims)
    for (size_t i = 0; i < special.size(); ++i)
      if (HasLongAxis(task.inputs[special[i]], shape))
        cases.push_back({shape, InputFamily::kSpecialRows,
                         LoneTrial(task, static_cast<int64_t>(i))});
  return cases;
}

// Three in ten more or less.
CallRows DrawCallRows(const std::string& secret, Stage stage) {
  RowDraw draw(secret, "rows of calls");
  CallRows rows;
  if (stage == Stage::kFinal) {  // as far as a second allows
    rows.fewest = 1100;
    rows.most = 1400;
  }
  rows.values = draw.Length(rows.values);
  rows.fewest = draw.Length(rows.fewest);
  rows.most = std::max(rows.fewest, draw.Length(rows.most));
  rows.unseen = kWrapOf8Bits - 2 - static_cast<int>(draw.Seed() % kLastOfRow);
  rows.quick_fewest = draw.Length(rows.quick_fewest);
  rows.quick_most = draw.Length(rows.quick_most);
  rows.seed = draw.Seed();
  return rows;
}

// The shape of these extents that is among those of the plan, which may have other
// attributes, or `shape`, which is one of them then.
ShapeCase AddUnlessThere(CorrectnessPlan& plan, const ShapeCase& shape) {
  for (const ShapeCase& other : plan.OtherShapes())
    if (other.dims == shape.dims) return other;
  plan.long_dims.push_back(shape);
  return shape;
}

// What far shapes and those with a long dim do on a CPU, with fewer of them: each
// is recorded, and compiled for in Python.
void AddShapesOfDevice(const Task& task, Stage stage, uint64_t seed,
                       CorrectnessPlan& plan) {
  for (const ShapeCase& shape : DrawLongDims(task, ShapeLimits{}, Attributes::kFarthest))
    AddUnlessThere(plan, shape);
  if (task.flops)
    for (const ShapeCase& pair :
         DrawFarPairs(task, plan.listed, seed, stage == Stage::kSearch ? 1 : 3,
                      {.elements = 1 << 17, .flops = 1e7}))
      AddUnlessThere(plan, pair);
  if (plan.held_out.empty()) return;
  if (const auto ragged = RaggedFrom(task, plan.held_out[0], ShapeLimits{}))
    plan.ragged = AddUnlessThere(plan, *ragged);
}

}  // namespace

std::vector<ShapeCase> CorrectnessPlan::OtherShapes() const {
  std::vector<ShapeCase> shapes = held_out;
  shapes.insert(shapes.end(), far.begin(), far.end());
  shapes.insert(shapes.end(), long_dims.begin(), long_dims.end());
  shapes.insert(shapes.end(), narrow.begin(), narrow.end());
  return shapes;
}

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
  if (IsOn(kStrided, checks) && checks.on(Check::kHeldOutShapes)) {
    // Some rows must be long, and many enough.
    for (size_t i = 1; i < std::min(held_out.size(), kStridedShapes); ++i)
      cases.push_back({held_out[i], kStrided, 0});
    if (long_rows) cases.push_back({*long_rows, kStrided, 0});
  }
  for (const int64_t trial : mixed_trials) {
    if (!IsOn(kMixedRows, checks)) continue;
    cases.push_back({probe, kMixedRows, trial});
    if (!checks.on(Check::kHeldOutShapes)) continue;
    for (const auto& shape : {long_rows, short_rows})
      if (shape) cases.push_back({*shape, kMixedRows, trial});
  }
  for (int64_t trial = 0; trial < uneven_trials && IsOn(kUneven, checks); ++trial) {
    cases.push_back({probe, kUneven, trial});
    if (short_rows && checks.on(Check::kHeldOutShapes))
      cases.push_back({*short_rows, kUneven, trial});
  }
  for (int64_t trial = 0; trial < aligned_trials && IsOn(kAligned, checks); ++trial)
    if (aligned_shape && checks.on(Check::kHeldOutShapes))
      cases.push_back({*aligned_shape, kAligned, trial});
  if (opposed_trial && IsOn(kAligned, checks))
    for (size_t i = 0; i < std::min(held_out.size(), kOpposedShapes) &&
                       checks.on(Check::kHeldOutShapes); ++i)
      cases.push_back({held_out[i], kAligned, kOpposedTrial});
  for (int64_t trial = 0; trial < rising_trials && IsOn(kRising, checks); ++trial) {
    cases.push_back({probe, kRising, trial});
    if (long_rows && checks.on(Check::kHeldOutShapes))
      cases.push_back({*long_rows, kRising, trial});
  }
  if (!checks.on(Check::kSpecialValues)) return cases;
  for (int64_t input = 0; input < special_inputs; ++input) {
    cases.push_back({probe, kSpecialRows, input});
    if (special_inputs > 1)  // a few alone, where others are zero, here or everywhere
      for (const int64_t kind : {1, 2})
        cases.push_back({probe, kSpecialRows, kind * special_inputs + input});
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
                   kSmallIntegers, kAllEqual, kOffset, kStrided, kSpecial};
  if (stage != Stage::kSearch) plan.declared_trials = 2;
  if (stage != Stage::kSearch) plan.families.push_back(kDescending);
  // Never seen before.
  if (stage == Stage::kFinal)
    plan.families.insert(plan.families.end(), {kAscending, kOutlier});
  if (stage == Stage::kFinal) plan.sweep_calls = 200;

  if (DecidesByComparing(task)) plan.families.push_back(kTies);

  const uint64_t seed = SecretSeed(secret, "held-out shapes");
  int count = stage == Stage::kSearch ? 5 : stage == Stage::kConfirm ? 8 : 12;
  // A library takes shapes as they come; plans are recorded for each, and Python
  // compiles a kernel for most.
  if (device_kind == "cpu") count += 4;
  plan.held_out = DrawHeldOutShapes(task, seed, count, ShapeLimits{});
  // Probes make many calls: on the broadest of the small ones, so that single elements,
  // or rows of one, do not waste them.
  std::ranges::stable_sort(plan.held_out, std::ranges::greater(), Breadth);
  if (device_kind == "cpu") plan.far = PlanFar(task, plan.listed, stage, seed);
  plan.long_rows = WithLongestRows(task, plan.held_out);
  plan.mixed_trials = DrawMixedTrials(task, stage, MixBits(seed + 3));
  plan.uneven_trials = UnevenTrials(task);
  plan.rising_trials = RisingTrials(task);
  // A library takes shapes and calls as they come.
  if (device_kind == "cpu") {
    plan.families.push_back(kPatchy);
    plan.long_dims = DrawLongDims(task, ShapeLimits{});
    plan.long_values = PlanLongValues(task, plan.long_dims);
    for (size_t i = plan.long_dims.size(); i-- > 0;)
      if (auto ragged = RaggedFrom(task, plan.long_dims[i], ShapeLimits{});
          ragged && !IsAmong(plan.OtherShapes(), *ragged))
        plan.long_dims.push_back(*std::move(ragged));
    plan.narrow = DrawNarrowShapes(task, MixBits(seed + 7), {.elements = 1 << 12, .flops = 1e6});
    plan.rows = DrawCallRows(secret, stage);
    if (stage != Stage::kSearch) plan.schedule_calls = 10;
    plan.sweep_calls += plan.rows.values - CallRows{}.values;
  } else {
    AddShapesOfDevice(task, stage, MixBits(seed + 5), plan);
  }
  plan.aligned_trials = AlignedTrials(task);
  plan.opposed_trial = HasOpposedTrial(task);
  if (const auto aligned = DrawAlignedShape(task))
    plan.aligned_shape = AddUnlessThere(plan, *aligned);
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
  if (plan.held_out.empty()) return plan;
  if (const auto twin = WithOtherAttributes(task, plan.held_out[0], MixBits(seed + 6)))
    plan.held_out.push_back(*twin);
  return plan;
}

}  // namespace kernelevolve::worker
