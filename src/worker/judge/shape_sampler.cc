#include "worker/judge/shape_sampler.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/format.h"
#include "base/random.h"
#include "core/shape_check.h"

namespace kernelevolve::worker {
namespace {

int64_t AnyExtent(const DimRange& range, Random& random) {
  return range.low + static_cast<int64_t>(random.Below(
                         static_cast<uint64_t>(range.high - range.low + 1)));
}

// One of `parts` equal parts of a dim's range, on a logarithmic scale, as far as
// extents of small shapes go.
DimRange Part(const DimRange& range, size_t part, size_t parts) {
  constexpr int64_t kFar = 4096;
  const int64_t first = std::max<int64_t>(range.low, 1);  // 0 has no logarithm
  const int64_t last = std::clamp(range.high, first, std::max(kFar, 2 * first));
  const double low = std::log2(static_cast<double>(first));
  const double high = std::log2(static_cast<double>(last));
  const auto at = [&](size_t i) {
    return static_cast<int64_t>(std::round(std::exp2(
        low + (high - low) * static_cast<double>(i) / static_cast<double>(parts))));
  };
  return {part == 0 ? range.low : at(part), std::max(at(part), at(part + 1))};
}

// A power of two of the part, or the largest below it where there is none.
int64_t PowerIn(const DimRange& part, Random& random) {
  int64_t power = 1;
  while (2 * power <= part.low) power *= 2;
  std::vector<int64_t> powers;
  if (power >= part.low || 2 * power > part.high) powers.push_back(power);
  while ((power *= 2) <= part.high) powers.push_back(power);
  return powers[random.Below(powers.size())];
}

int64_t PrimeIn(const DimRange& part, Random& random) {
  std::vector<int64_t> inside;
  for (const int64_t prime : {2, 3, 5, 7, 13, 31, 61, 127, 251, 509, 1021, 2039})
    if (prime >= part.low && prime <= part.high) inside.push_back(prime);
  return inside.empty() ? AnyExtent(part, random)
                        : inside[random.Below(inside.size())];
}

constexpr size_t kExtentKinds = 6, kPower = 0;

int64_t DrawExtent(size_t kind, const DimRange& range, const DimRange& part,
                   Random& random) {
  int64_t extent = part.low;
  switch (kind) {
    case kPower: extent = PowerIn(part, random); break;
    case 1: extent = PowerIn(part, random) + 1; break;
    case 2: extent = PowerIn(part, random) - 1; break;
    case 3: extent = PrimeIn(part, random); break;
    case 4: extent = AnyExtent(part, random); break;
    case 5: break;
  }
  return std::clamp(extent, range.low, range.high);
}

// Which part of its range each dim takes in the shapes of a draw, and which kind of
// number: each part and each kind once before any comes again, in an order of the
// dim's own, so that few shapes reach every order of magnitude of every dim. A power
// of two is among the first that the parts allow: halving ends well there, or just
// does not.
class Parts {
 public:
  Parts(const Task& task, size_t count) : task_(task), count_(count) {}

  struct Drawn {
    ShapeCase shape;
    std::set<std::string> large;  // a dim that takes its last part, and is large there
  };

  Drawn Next(Random& random) {
    Drawn drawn;
    for (const std::string& dim : task_.dims) {
      std::vector<size_t>& left = left_[dim];
      if (left.empty()) {
        for (size_t i = 0; i < count_; ++i) left.push_back(i);
        random.Shuffle(left);
      }
      const DimRange& range = task_.domain.at(dim);
      const bool large = Part(range, count_ - 1, count_).low >= kLongDim;
      // Two dims at their last part do not fit together: neither would be large.
      if (large && IsLast(left.back()) && !drawn.large.empty())
        std::swap(left.front(), left.back());
      if (large && IsLast(left.back()) && drawn.large.empty()) drawn.large = {dim};
      drawn.shape.dims[dim] = DrawExtent(NextKind(dim, random), range,
                                         Part(range, left.back(), count_), random);
      left.pop_back();
    }
    return drawn;
  }

 private:
  bool IsLast(size_t part) const { return count_ > 1 && part + 1 == count_; }

  size_t NextKind(const std::string& dim, Random& random) {
    std::vector<size_t>& left = kinds_left_[dim];
    if (left.empty()) {
      for (size_t kind = 0; kind < kExtentKinds; ++kind) left.push_back(kind);
      random.Shuffle(left);
      const auto power = std::ranges::find(left, kPower) - left.begin();
      const auto first =
          left.size() - 1 - random.Below(std::min(count_, left.size()));
      std::swap(left[static_cast<size_t>(power)], left[first]);
    }
    const size_t kind = left.back();
    left.pop_back();
    return kind;
  }

  const Task& task_;
  const size_t count_;
  std::map<std::string, std::vector<size_t>> left_, kinds_left_;
};

ShapeCase Anywhere(const Task& task, Random& random) {
  ShapeCase shape;
  for (const std::string& dim : task.dims)
    shape.dims[dim] = AnyExtent(task.domain.at(dim), random);
  return shape;
}

// At the ends of a domain there may be more of them than a number can say.
std::optional<int64_t> CountUpTo(int64_t most, const TensorSpec& tensor,
                                 const ShapeCase& shape) {
  int64_t count = 1;
  for (const int64_t extent : Extents(tensor, shape)) {
    if (extent < 0 || (extent > 0 && count > most / extent)) return std::nullopt;
    count *= extent;
  }
  return count;
}

bool Fits(const Task& task, const ShapeCase& shape, const ShapeLimits& limits) {
  int64_t left = limits.elements;
  for (const auto* tensors : {&task.inputs, &task.outputs})
    for (const TensorSpec& tensor : *tensors) {
      const auto count = CountUpTo(left, tensor, shape);
      if (!count) return false;
      left -= *count;
    }
  return !task.flops ||
         task.flops->Evaluate(BindDims(shape)).value_or(0) <= limits.flops;
}

// Halves the dim that lies furthest above its lower end, but none of `kept`.
bool Shrink(const Task& task, ShapeCase& shape,
            const std::set<std::string>& kept = {}) {
  std::string widest;
  int64_t excess = 0;
  for (const auto& [name, extent] : shape.dims) {
    const int64_t above = extent - task.domain.at(name).low;
    if (above <= excess || kept.count(name)) continue;
    excess = above;
    widest = name;
  }
  if (widest.empty()) return false;
  int64_t& extent = shape.dims[widest];
  extent = task.domain.at(widest).low + excess / 2;
  return true;
}

// Smaller until the limits hold, or false.
bool MakeFit(const Task& task, ShapeCase& shape, const ShapeLimits& limits,
             const std::set<std::string>& kept = {}) {
  while (!Fits(task, shape, limits))
    if (!Shrink(task, shape, kept)) return false;
  return true;
}

void NameHeldOut(ShapeCase& shape) {
  shape.name = "held out";
  for (const auto& [name, extent] : shape.dims)
    shape.name += format(" {}={}", name, extent);
  for (const auto& [name, value] : shape.attributes)
    shape.name += format(" {}={:.3g}", name, value);
}

// An end of the range, or anything between, as often small as large.
int64_t AnyWhole(const DimRange& range, Random& random) {
  switch (random.Below(6)) {
    case 0: return range.low;
    case 1: return range.high;
  }
  const double low = std::log2(static_cast<double>(range.low) + 1);
  const double high = std::log2(static_cast<double>(range.high) + 1);
  const double any = std::exp2(low + (high - low) * random.Uniform()) - 1;
  return std::clamp(static_cast<int64_t>(std::llround(any)), range.low, range.high);
}

// A kernel is told its attributes at each call, and may not know them before. Far
// from the default, so that who goes by that is off by more than rounding.
void VaryAttributes(const Task& task, ShapeCase& shape, Random& random) {
  for (const AttributeSpec& attribute : task.attributes) {
    double& value = shape.attributes.try_emplace(attribute.name, attribute.default_value)
                        .first->second;
    if (attribute.range)
      value = static_cast<double>(AnyWhole(*attribute.range, random));
    else if (std::trunc(value) != value)
      value *= 0.125 + 0.25 * random.Uniform();
    else
      shape.attributes.erase(attribute.name);
  }
}

ShapeCase UpperCorner(const Task& task) {
  ShapeCase corner;
  for (const std::string& dim : task.dims)
    corner.dims[dim] = task.domain.at(dim).high;
  return corner;
}

// Attributes with a range are at its end, too.
ShapeCase FarCorner(const Task& task) {
  ShapeCase corner = UpperCorner(task);
  for (const AttributeSpec& attribute : task.attributes)
    if (attribute.range)
      corner.attributes[attribute.name] = static_cast<double>(attribute.range->high);
  return corner;
}

// Whether a dim at its end is too long for what is counted in 16 bits.
bool IsWide(const Task& task, const ShapeCase& shape) {
  constexpr int64_t kHeldBy16Bits = (1 << 15) - 1;  // with a sign
  return std::ranges::any_of(shape.dims, [&](const auto& dim) {
    return dim.second > kHeldBy16Bits &&
           dim.second == task.domain.at(dim.first).high;
  });
}

bool AreTwoLong(const Task& task, const ShapeCase& shape) {
  constexpr int64_t kLong = 16;
  return std::ranges::count_if(shape.dims, [&](const auto& dim) {
           return dim.second >= kLong && dim.second == task.domain.at(dim.first).high;
         }) >= 2;
}

// One of the dims that can be longer has 2^16 elements: the first number, or the
// last index and one, that 16 bits do not hold.
std::optional<ShapeCase> AtTheBrink(const Task& task, const ShapeCase& corner,
                                    Random& random, const ShapeLimits& limits) {
  constexpr int64_t kBrink = 1 << 16;
  std::vector<ShapeCase> shapes;
  for (const std::string& dim : task.dims) {
    if (task.domain.at(dim).high <= kBrink || task.domain.at(dim).low > kBrink) continue;
    ShapeCase shape = corner;
    shape.dims[dim] = kBrink;
    for (ShapeCase& cut : CutsOf(task, shape, limits))
      if (cut.dims.at(dim) == kBrink && !IsAmong(shapes, cut)) shapes.push_back(cut);
  }
  if (shapes.empty()) return std::nullopt;
  ShapeCase shape = shapes[random.Below(shapes.size())];
  NameHeldOut(shape);
  return shape;
}

}  // namespace

std::vector<ShapeCase> DrawHeldOutShapes(const Task& task, uint64_t seed,
                                         int count, const ShapeLimits& limits) {
  Random random(seed);
  std::vector<ShapeCase> shapes;
  Parts parts(task, static_cast<size_t>(std::max(1, count - 1)));
  for (int attempt = 0;
       attempt < 8 * count && static_cast<int>(shapes.size()) < count; ++attempt) {
    auto [shape, large] = attempt == 0 ? Parts::Drawn{Anywhere(task, random), {}}
                                       : parts.Next(random);
    // One dim alone may be too much already, and a generator may need more room.
    if (!(MakeFit(task, shape, limits, large) || MakeFit(task, shape, limits)) ||
        !ShapeProblems(task, shape).empty() || IsAmong(shapes, shape) ||
        IsAmong(task.shapes, shape))
      continue;
    if (shapes.size() % 2 == 0) VaryAttributes(task, shape, random);
    NameHeldOut(shape);
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

std::vector<ShapeCase> DrawNarrowShapes(const Task& task, uint64_t seed,
                                        const ShapeLimits& limits) {
  constexpr int64_t kStep = 8, kEnd = 128;
  Random random(seed);
  std::vector<ShapeCase> shapes;
  const auto add = [&](const std::string& dim, int64_t extent) {
    const DimRange& range = task.domain.at(dim);
    if (extent < range.low || extent > range.high) return;
    ShapeCase shape = Anywhere(task, random);
    shape.dims[dim] = extent;
    if (!MakeFit(task, shape, limits, {dim}) || !ShapeProblems(task, shape).empty() ||
        IsAmong(shapes, shape) || IsAmong(task.shapes, shape))
      return;
    NameHeldOut(shape);
    shapes.push_back(std::move(shape));
  };
  std::vector<std::string> wide;
  for (const std::string& dim : task.dims) {
    const DimRange& range = task.domain.at(dim);
    add(dim, range.low);
    if (range.high - range.low >= kStep) wide.push_back(dim);
  }
  if (wide.empty()) return shapes;
  const std::string& swept = wide[random.Below(wide.size())];
  for (int64_t from = 0; from < kEnd; from += kStep)
    add(swept, from + 1 + static_cast<int64_t>(random.Below(kStep)));
  return shapes;
}

std::optional<ShapeCase> WithOtherAttributes(const Task& task, ShapeCase shape,
                                             uint64_t seed) {
  const auto before = std::exchange(shape.attributes, {});
  Random random(seed);
  if (before.empty()) VaryAttributes(task, shape, random);
  if (shape.attributes == before) return std::nullopt;
  NameHeldOut(shape);
  return shape;
}

std::optional<ShapeCase> DrawShortRows(const Task& task,
                                       const std::vector<size_t>& rows_of,
                                       uint64_t seed,
                                       const ShapeLimits& limits) {
  constexpr uint64_t kShortest = 2, kLongest = 24;
  std::set<std::string> along;
  for (const size_t input : rows_of)
    if (!task.inputs[input].shape.empty())
      along.merge(std::set(task.inputs[input].shape.back().names()));
  if (along.empty() || along.size() == task.dims.size()) return std::nullopt;
  Random random(seed);
  ShapeCase shape;
  for (const std::string& dim : task.dims) {
    const DimRange& range = task.domain.at(dim);
    const auto few = static_cast<int64_t>(
        kShortest + random.Below(kLongest - kShortest + 1));
    shape.dims[dim] = along.count(dim) ? std::clamp(few, range.low, range.high) : range.high;
  }
  if (!MakeFit(task, shape, limits, along) || !ShapeProblems(task, shape).empty() ||
      IsAmong(task.shapes, shape))
    return std::nullopt;
  NameHeldOut(shape);
  return shape;
}

std::vector<ShapeCase> DrawLongDims(const Task& task, const ShapeLimits& limits,
                                    Attributes attributes) {
  std::vector<ShapeCase> shapes;
  const bool far = attributes == Attributes::kFarthest;
  for (ShapeCase& cut : CutsOf(task, far ? FarCorner(task) : UpperCorner(task), limits)) {
    const bool is_long = std::ranges::any_of(
        cut.dims, [](const auto& dim) { return dim.second >= kLongDim; });
    if (!is_long || IsAmong(shapes, cut) || IsAmong(task.shapes, cut)) continue;
    NameHeldOut(cut);
    shapes.push_back(std::move(cut));
  }
  return shapes;
}

std::optional<ShapeCase> RaggedFrom(const Task& task, ShapeCase shape,
                                    const ShapeLimits& limits) {
  for (auto& [name, extent] : shape.dims)
    extent = std::max(extent, std::min<int64_t>(4, task.domain.at(name).high));
  if (!MakeFit(task, shape, limits)) return std::nullopt;
  for (auto& [name, extent] : shape.dims) {
    const int64_t unit = extent >= 64 ? 64 : extent >= 16 ? 16 : extent >= 4 ? 4 : 1;
    if (unit > 1)
      extent = std::max(extent / unit * unit - 1, task.domain.at(name).low);
  }
  if (!ShapeProblems(task, shape).empty() || IsAmong(task.shapes, shape))
    return std::nullopt;
  NameHeldOut(shape);
  return shape;
}

std::optional<ShapeCase> DrawLargest(const Task& task, uint64_t seed,
                                     const ShapeLimits& limits) {
  constexpr uint64_t kFew = 8;
  constexpr int kTries = 32;  // extents may have to be multiples of something
  Random random(seed);
  const ShapeCase corner = FarCorner(task);
  for (int i = 0; i < kTries; ++i) {
    ShapeCase shape = corner;
    for (auto& [name, extent] : shape.dims) {
      const auto less = static_cast<int64_t>(random.Below(kFew));
      if (i + 1 < kTries && extent - less > extent / 2)
        extent = std::max(extent - less, task.domain.at(name).low);
    }
    if (!Fits(task, shape, limits) || !ShapeProblems(task, shape).empty() ||
        IsAmong(task.shapes, shape))
      continue;
    NameHeldOut(shape);
    return shape;
  }
  return std::nullopt;
}

std::vector<ShapeCase> DrawFarShapes(const Task& task,
                                     const std::vector<ShapeCase>& listed,
                                     uint64_t seed, size_t count,
                                     const ShapeLimits& limits) {
  const ShapeCase corner = FarCorner(task);
  std::vector<ShapeCase> shapes;
  for (ShapeCase& cut : CutsOf(task, corner, limits)) {
    const auto is_far = [&](const auto& dim) {
      return dim.second == task.domain.at(dim.first).high &&
             std::ranges::none_of(listed, [&](const ShapeCase& shape) {
               return shape.dims.at(dim.first) >= dim.second;
             });
    };
    if (std::ranges::none_of(cut.dims, is_far) ||
        !ShapeProblems(task, cut).empty() || IsAmong(shapes, cut))
      continue;
    NameHeldOut(cut);
    shapes.push_back(std::move(cut));
  }
  Random random(seed);
  random.Shuffle(shapes);
  const auto others = std::stable_partition(
      shapes.begin(), shapes.end(),
      [&](const ShapeCase& shape) { return IsWide(task, shape); });
  const auto kept = static_cast<size_t>(others - shapes.begin()) + count;
  if (shapes.size() > kept) shapes.resize(kept);
  if (auto brink = AtTheBrink(task, corner, random, limits);
      brink && !IsAmong(shapes, *brink) && !IsAmong(listed, *brink))
    shapes.push_back(*std::move(brink));
  return shapes;
}

std::vector<ShapeCase> DrawFarPairs(const Task& task,
                                    const std::vector<ShapeCase>& listed, uint64_t seed,
                                    size_t count, const ShapeLimits& limits) {
  std::vector<ShapeCase> shapes;
  const ShapeCase corner = FarCorner(task);
  for (size_t i = 0; i < task.dims.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const std::set<std::string> pair = {task.dims[i], task.dims[j]};
      const auto reaches = [&](const ShapeCase& shape) {
        return std::ranges::all_of(pair, [&](const std::string& dim) {
          return shape.dims.at(dim) >= corner.dims.at(dim);
        });
      };
      ShapeCase shape = corner;
      if (!MakeFit(task, shape, limits, pair) || std::ranges::any_of(listed, reaches) ||
          IsAmong(shapes, shape) || !ShapeProblems(task, shape).empty())
        continue;
      NameHeldOut(shape);
      shapes.push_back(std::move(shape));
    }
  Random random(seed);
  random.Shuffle(shapes);
  // Two short dims say little together.
  std::ranges::stable_partition(
      shapes, [&](const ShapeCase& shape) { return AreTwoLong(task, shape); });
  if (shapes.size() > count) shapes.resize(count);
  return shapes;
}

double Breadth(const ShapeCase& shape) {
  double breadth = 1;
  for (const auto& [name, extent] : shape.dims)
    breadth *= std::log2(1 + static_cast<double>(extent));
  return breadth;
}

bool IsAmong(const std::vector<ShapeCase>& shapes, const ShapeCase& shape) {
  return std::any_of(
      shapes.begin(), shapes.end(),
      [&](const ShapeCase& other) { return other.dims == shape.dims; });
}

std::vector<ShapeCase> CutsOf(const Task& task, const ShapeCase& shape,
                              const ShapeLimits& limits) {
  std::vector<ShapeCase> cuts;
  if (Fits(task, shape, limits)) {
    if (ShapeProblems(task, shape).empty()) cuts.push_back(shape);
    return cuts;
  }
  for (const std::string& kept : task.dims) {
    ShapeCase cut = shape;
    cut.name = format("{}, {} kept", shape.name, kept);
    if ((MakeFit(task, cut, limits, {kept}) || MakeFit(task, cut, limits)) &&
        ShapeProblems(task, cut).empty())
      cuts.push_back(std::move(cut));
  }
  return cuts;
}

}  // namespace kernelevolve::worker
