#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "base/random.h"
#include "worker/judge/aligned_rows.h"
#include "worker/judge/draw.h"
#include "worker/judge/input_case.h"
#include "worker/judge/mixed_rows.h"
#include "worker/judge/scalar.h"
#include "worker/judge/secret_seed.h"
#include "worker/judge/special_values.h"
#include "worker/judge/rising_rows.h"
#include "worker/judge/strided_rows.h"
#include "worker/judge/ties.h"

namespace kernelevolve::worker {

namespace {

bool MayChange(const TensorSpec& spec) {
  using Kind = ValueSpec::Kind;
  switch (spec.values.kind) {
    case Kind::kNormal:
    case Kind::kUniform: return IsFloating(spec.dtype);
    case Kind::kRandint:
    case Kind::kSorted:
    case Kind::kIncreasing:
    case Kind::kJaggedOffsets: return !IsFloating(spec.dtype);
    default: return false;
  }
}

}  // namespace

bool CanNudge(const TensorSpec& spec) { return !spec.constant && MayChange(spec); }

bool CanNudgeConstant(const TensorSpec& spec) {
  return spec.constant && MayChange(spec);
}

namespace {

std::vector<double> Arguments(const ValueSpec& spec, const ShapeCase& shape) {
  const Expression::Bindings dims = BindDims(shape);
  std::vector<double> values;
  for (const Expression& argument : spec.arguments)
    values.push_back(argument.Evaluate(dims).value_or(0));
  if (spec.kind == ValueSpec::Kind::kNormal && values.size() < 2)
    values = {0, 1};
  return values;
}

// How many elements of an input are changed. Inputs take turns, those of all calls
// and the constant ones.
int Nudged(const Task& task, const InputCase& input_case, size_t index) {
  const bool constant = task.inputs[index].constant;
  const auto able = constant ? CanNudgeConstant : CanNudge;
  std::vector<size_t> all;
  for (size_t i = 0; i < task.inputs.size(); ++i)
    if (able(task.inputs[i])) all.push_back(i);
  if (all.empty() ||
      all[static_cast<uint64_t>(input_case.nudge_trial) % all.size()] != index)
    return 0;
  return constant ? input_case.nudged_constants : input_case.nudged_elements;
}

int64_t LoadInteger(DType dtype, const std::vector<uint8_t>& data, int64_t at) {
  const auto bytes = static_cast<size_t>(DTypeBytes(dtype));
  uint64_t word = 0;
  std::memcpy(&word, data.data() + static_cast<size_t>(at) * bytes, bytes);
  const auto unused = static_cast<int>(64 - 8 * bytes);
  const bool is_signed = dtype != DType::kU8 && dtype != DType::kBool;
  return is_signed ? static_cast<int64_t>(word << unused) >> unused
                   : static_cast<int64_t>(word);
}

// What element `at` may be while all others stay, first and last; by the declared
// range and order.
std::pair<int64_t, int64_t> Room(const TensorSpec& spec,
                                 const std::vector<double>& arguments,
                                 const std::vector<uint8_t>& data, int64_t count,
                                 int64_t at) {
  using Kind = ValueSpec::Kind;
  const Kind kind = spec.values.kind;
  const int64_t old_value = LoadInteger(spec.dtype, data, at);
  const bool offsets = kind == Kind::kJaggedOffsets;
  if (offsets && (at == 0 || at + 1 == count)) return {old_value, old_value};
  const auto argument = [&](size_t i) {
    return i < arguments.size() ? static_cast<int64_t>(arguments[i]) : old_value;
  };
  int64_t low = offsets ? 0 : argument(0), high = offsets ? argument(0) : argument(1);
  if (kind == Kind::kRandint) return {low, high};
  const int64_t step = kind == Kind::kIncreasing ? 1 : 0;
  if (at > 0)
    low = std::max(low, LoadInteger(spec.dtype, data, at - 1) + step);
  if (at + 1 < count)
    high = std::min(high, LoadInteger(spec.dtype, data, at + 1) - step);
  return {low, high};
}

// Another whole number, in order and range, in a few places that have room.
void NudgeIntegers(const TensorSpec& spec, const std::vector<double>& arguments,
                   std::vector<uint8_t>& data, int64_t count, int elements,
                   Random& random) {
  constexpr int kTries = 64;
  for (int done = 0, tries = 0; done < elements && tries < kTries * elements; ++tries) {
    const auto at = static_cast<int64_t>(random.Below(static_cast<uint64_t>(count)));
    const auto [low, high] = Room(spec, arguments, data, count, at);
    const int64_t old_value = LoadInteger(spec.dtype, data, at);
    if (high <= low || old_value < low || old_value > high) continue;
    // Any but the old one.
    int64_t value = low + static_cast<int64_t>(
                              random.Below(static_cast<uint64_t>(high - low)));
    if (value >= old_value) ++value;
    const auto bytes = static_cast<size_t>(DTypeBytes(spec.dtype));
    std::memcpy(data.data() + static_cast<size_t>(at) * bytes, &value, bytes);
    ++done;
  }
}

struct HowToNudge {
  int elements = 0;
  bool swap = false;
  uint64_t seed = 0;
};

// Adds one standard deviation or so to a few elements, in place, or has them change
// places: a sum or a hash that knows no order stays as it was.
void Nudge(const TensorSpec& spec, const std::vector<double>& arguments,
           std::vector<uint8_t>& data, int64_t count, const HowToNudge& how) {
  constexpr int64_t kNear = 8;
  if (count == 0) return;
  Random random(how.seed);
  if (!IsFloating(spec.dtype))
    return NudgeIntegers(spec, arguments, data, count, how.elements, random);
  for (int i = 0; i < how.elements; ++i) {
    const auto at = static_cast<int64_t>(random.Below(static_cast<uint64_t>(count)));
    // What changes places stays near: in the same row, mostly.
    const auto any = static_cast<int64_t>(random.Below(static_cast<uint64_t>(count)));
    const auto near = std::min(at + 1 + any % kNear, count - 1);
    const int64_t from = how.swap ? near : any;
    const double old_value = LoadScalar(spec.dtype, data.data(), at);
    const double other = LoadScalar(spec.dtype, data.data(), from);
    if (how.swap) {
      StoreScalar(spec.dtype, data.data(), at, other);
      StoreScalar(spec.dtype, data.data(), from, old_value);
      continue;
    }
    // Another element's value stays inside every declared interval.
    StoreScalar(spec.dtype, data.data(), at,
                spec.values.kind == ValueSpec::Kind::kNormal
                    ? old_value + 1 + random.Uniform() : other);
  }
}

// Makes each row the first one, turned: rows that differ in their order alone are the
// same to whoever adds them up to tell them apart. From row to row by one more than
// before: else the products of a slice's rows are those of the next slice's.
void RotateRows(std::vector<double>& values, int64_t row) {
  constexpr int64_t kShortest = 8;
  const auto count = static_cast<int64_t>(values.size());
  if (row < kShortest || count % row != 0) return;
  for (int64_t i = row; i < count; ++i) {
    const int64_t number = i / row, turned = number * (number + 1) / 2 % row;
    values[static_cast<size_t>(i)] = values[static_cast<size_t>((i + turned) % row)];
  }
}

void PlantSpecialsOrZeros(const Task& task, const InputCase& input_case, size_t index,
                          uint64_t seed, std::vector<double>& values) {
  const int64_t row = RowLength(task.inputs[index], input_case.shape);
  const bool lone = IsLoneTrial(task, input_case);
  const bool bare = IsBareTrial(task, input_case);
  if (HasSpecialRows(task, input_case, index))
    (lone || bare ? PlantLoneSpecials : PlantSpecials)(values, row, seed);
  if (!MeetsSpecialRows(task, input_case, index)) return;
  if (bare) std::ranges::fill(values, 0.0);
  PlantZeroColumns(values, row, seed);
  if (!lone) return;
  PlantZeroColumns(values, row, MixBits(seed));
  PlantZeroRows(values, row, seed);
}

}  // namespace

InputGenerator::InputGenerator(const Task& task, std::string secret)
    : task_(&task), secret_(std::move(secret)), task_digest_(task.Digest()) {}

std::vector<uint8_t> InputGenerator::DrawOne(const InputCase& input_case,
                                                size_t index) const {
  const TensorSpec& spec = task_->inputs[index];
  InputCase named = input_case;
  named.nudged_elements = 0;
  named.nudge_trial = 0;
  named.nudged_constants = 0;
  if (spec.constant) named.trial = -1;
  const uint64_t seed = SecretSeed(
      secret_, format("{}\n{}\ninput {}", task_digest_, named.Key(), index));
  const int64_t count = ElementCount(spec, input_case.shape);
  std::vector<double> arguments = Arguments(spec.values, input_case.shape);
  if (input_case.family == InputFamily::kOffset && arguments.size() > 1)
    arguments[1] *= OffsetFactor(*task_, input_case, index);
  std::vector<uint8_t> data(static_cast<size_t>(count * DTypeBytes(spec.dtype)));
  if (spec.dtype == DType::kF32 && input_case.family == InputFamily::kDeclared &&
      DrawDeclaredFloats(spec.values, arguments, seed,
                         reinterpret_cast<float*>(data.data()), count)) {
    // Drawn in place.
  } else if (IsFloating(spec.dtype)) {
    auto values =
        DrawFloating(spec.values, arguments, input_case.family, seed, count);
    PlantSpecialsOrZeros(*task_, input_case, index, MixBits(seed), values);
    Structure(input_case, index, arguments, MixBits(seed), values);
    for (int64_t i = 0; i < count; ++i)
      StoreScalar(spec.dtype, data.data(), i, values[static_cast<size_t>(i)]);
  } else {
    const auto values =
        DrawIntegers(spec.values, arguments, input_case.family, seed, count);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t value = values[static_cast<size_t>(i)];
      // Little-endian: the low bytes are the narrower integer.
      std::memcpy(data.data() + i * DTypeBytes(spec.dtype), &value,
                  static_cast<size_t>(DTypeBytes(spec.dtype)));
    }
  }
  if (const int elements = Nudged(*task_, input_case, index); elements > 0)
    Nudge(spec, arguments, data, count,
          {.elements = elements,
           .swap = input_case.nudge_trial / static_cast<int64_t>(task_->inputs.size()) % 2 == 1,
           .seed = seed ^ MixBits(static_cast<uint64_t>(input_case.nudge_trial) + 1)});
  return data;
}

void InputGenerator::Structure(const InputCase& input_case, size_t index,
                               const std::vector<double>& arguments, uint64_t seed,
                               std::vector<double>& values) const {
  const TensorSpec& spec = task_->inputs[index];
  switch (input_case.family) {
    case InputFamily::kStructured:
      if (MayChange(spec)) RotateRows(values, RowLength(spec, input_case.shape));
      return;
    case InputFamily::kMixedRows:
      return Mix(input_case, index, arguments, seed, values);
    case InputFamily::kUneven:
      return MakeUneven(input_case, index, arguments, seed, values);
    case InputFamily::kStrided:
      if (MayChange(spec))
        StrideRows(spec.values, arguments, RowLength(spec, input_case.shape), seed, values);
      return;
    case InputFamily::kRising:
      return RiseRows(spec, arguments, RowLength(spec, input_case.shape),
                      input_case.trial, values);
    case InputFamily::kTies: return Tie(input_case, index, arguments, seed, values);
    case InputFamily::kAligned:
      if (spec.values.kind == ValueSpec::Kind::kNormal)
        AlignRows(*task_, input_case, index, {arguments[0], arguments[1]},
                  CommonSeed(input_case), values);
      return;
    default: return;
  }
}

void InputGenerator::Mix(const InputCase& input_case, size_t index,
                         const std::vector<double>& arguments, uint64_t seed,
                         std::vector<double>& values) const {
  const TensorSpec& spec = task_->inputs[index];
  if (spec.values.kind != ValueSpec::Kind::kNormal) return;
  const int64_t row = RowLength(spec, input_case.shape);
  const bool apart = StayApart(*task_);
  const std::vector<int64_t> kept =
      MixRows(values, row, {arguments[0], arguments[1]}, spec.dtype, seed,
              {.spreads = SpreadsOfAttributes(*task_, input_case.shape),
               .lowest = apart && input_case.trial % 2 == 1,
               .outweighed = apart,
               .outweighed_of_few = apart && input_case.trial % 2 == 1});
  if (const auto extents = Extents(spec, input_case.shape); extents.size() > 1)
    ShrinkSlices(values, extents[0], spec.dtype, MixBits(seed), kept);
  PlantMixedPart(values, row, MixedPartOf(*task_, input_case, index), spec.dtype,
                 CommonSeed(input_case));
}

void InputGenerator::MakeUneven(const InputCase& input_case, size_t index,
                                const std::vector<double>& arguments, uint64_t seed,
                                std::vector<double>& values) const {
  const TensorSpec& spec = task_->inputs[index];
  if (spec.values.kind != ValueSpec::Kind::kNormal || spec.constant) return;
  const int64_t row = RowLength(spec, input_case.shape);
  if (HasUnevenRows(*task_, input_case, index))
    EnlargeRows(values, row, arguments[0], spec.dtype, seed);
  else
    Spread(values, row, arguments[0], seed);
}

uint64_t InputGenerator::CommonSeed(const InputCase& input_case) const {
  return SecretSeed(secret_,
                    format("{}\n{}\nall inputs", task_digest_, input_case.Key()));
}

void InputGenerator::Tie(const InputCase& input_case, size_t index,
                         const std::vector<double>& arguments, uint64_t seed,
                         std::vector<double>& values) const {
  const TensorSpec& spec = task_->inputs[index];
  const auto other = TiedTo(*task_, index);
  if (!other) return;
  InputCase pool_case = input_case;
  pool_case.family = InputFamily::kDeclared;
  const std::vector<uint8_t> raw = DrawOne(pool_case, *other);
  std::vector<double> pool(raw.size() / static_cast<size_t>(DTypeBytes(spec.dtype)));
  for (size_t i = 0; i < pool.size(); ++i)
    pool[i] = LoadScalar(spec.dtype, raw.data(), static_cast<int64_t>(i));
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const bool uniform = spec.values.kind == ValueSpec::Kind::kUniform;
  const double low = uniform ? arguments[0] : -kInfinity;
  const double high = uniform ? arguments[1] : kInfinity;
  if (low <= 0 && high >= 0) ShrinkSome(pool, CommonSeed(input_case));
  PlantTies(values, pool, spec.dtype, low, high, seed);
}

InputSet InputGenerator::Draw(const InputCase& input_case) const {
  InputSet set;
  for (size_t i = 0; i < task_->inputs.size(); ++i)
    set.tensors.push_back(DrawOne(input_case, i));
  return set;
}

}  // namespace kernelevolve::worker
