#include "worker/judge/shape_sampler.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "base/format.h"
#include "base/random.h"
#include "core/shape_check.h"

namespace kernelevolve::worker {
namespace {

int64_t AnyExtent(const DimRange& range, Random& random) {
  return range.low + static_cast<int64_t>(random.Below(
                         static_cast<uint64_t>(range.high - range.low + 1)));
}

int64_t DrawExtent(const DimRange& range, Random& random) {
  constexpr int64_t kPrimes[] = {2, 3, 5, 7, 13, 31, 61, 127, 251, 509, 1021, 2039};
  const int64_t power = int64_t{1} << random.Below(12);
  int64_t extent = range.low;
  switch (random.Below(6)) {
    case 0: break;
    case 1: extent = power; break;
    case 2: extent = power + 1; break;
    case 3: extent = power - 1; break;
    case 4: extent = kPrimes[random.Below(std::size(kPrimes))]; break;
    case 5:
      extent = range.low + static_cast<int64_t>(random.Below(
                               static_cast<uint64_t>(std::min<int64_t>(
                                   range.high - range.low + 1, 1000))));
      break;
  }
  return std::clamp(extent, range.low, range.high);
}

bool Fits(const Task& task, const ShapeCase& shape, const ShapeLimits& limits) {
  int64_t elements = 0;
  for (const auto* tensors : {&task.inputs, &task.outputs})
    for (const TensorSpec& tensor : *tensors) {
      const int64_t count = ElementCount(tensor, shape);
      if (count < 0) return false;
      elements += count;
    }
  if (elements > limits.elements) return false;
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

bool IsAmong(const std::vector<ShapeCase>& shapes, const ShapeCase& shape) {
  return std::any_of(
      shapes.begin(), shapes.end(),
      [&](const ShapeCase& other) { return other.dims == shape.dims; });
}

void NameHeldOut(ShapeCase& shape) {
  shape.name = "held out";
  for (const auto& [name, extent] : shape.dims)
    shape.name += format(" {}={}", name, extent);
  for (const auto& [name, value] : shape.attributes)
    shape.name += format(" {}={:.3g}", name, value);
}

// A kernel is told its attributes at each call, and may not know them before. Far
// from the default, so that who goes by that is off by more than rounding.
void VaryAttributes(const Task& task, ShapeCase& shape, Random& random) {
  for (const AttributeSpec& attribute : task.attributes)
    if (std::trunc(attribute.default_value) != attribute.default_value)
      shape.attributes[attribute.name] =
          attribute.default_value * (0.125 + 0.25 * random.Uniform());
}

}  // namespace

std::vector<ShapeCase> DrawHeldOutShapes(const Task& task, uint64_t seed,
                                         int count, const ShapeLimits& limits) {
  Random random(seed);
  std::vector<ShapeCase> shapes;
  for (int attempt = 0;
       attempt < 8 * count && static_cast<int>(shapes.size()) < count; ++attempt) {
    ShapeCase shape;
    for (const std::string& dim : task.dims)
      shape.dims[dim] = attempt == 0 ? AnyExtent(task.domain.at(dim), random)
                                     : DrawExtent(task.domain.at(dim), random);
    bool fits = Fits(task, shape, limits);
    while (!fits && Shrink(task, shape)) fits = Fits(task, shape, limits);
    // A generator may need room that the domain alone does not promise.
    if (!fits || !ShapeProblems(task, shape).empty() ||
        IsAmong(shapes, shape) || IsAmong(task.shapes, shape))
      continue;
    if (shapes.size() % 2 == 0) VaryAttributes(task, shape, random);
    NameHeldOut(shape);
    shapes.push_back(std::move(shape));
  }
  return shapes;
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
    shape.dims[dim] =
        along.count(dim) ? std::clamp(few, range.low, range.high) : range.high;
  }
  bool fits = Fits(task, shape, limits);
  while (!fits && Shrink(task, shape, along)) fits = Fits(task, shape, limits);
  if (!fits || !ShapeProblems(task, shape).empty() ||
      IsAmong(task.shapes, shape))
    return std::nullopt;
  NameHeldOut(shape);
  return shape;
}

std::vector<ShapeCase> CutsOf(const Task& task, const ShapeCase& shape,
                              const ShapeLimits& limits) {
  if (Fits(task, shape, limits)) return {shape};
  std::vector<ShapeCase> cuts;
  for (const std::string& kept : task.dims) {
    ShapeCase cut = shape;
    cut.name = format("{}, {} kept", shape.name, kept);
    bool fits = false;
    while (!fits && Shrink(task, cut, {kept})) fits = Fits(task, cut, limits);
    // One dim alone may be too much already.
    while (!fits && Shrink(task, cut)) fits = Fits(task, cut, limits);
    if (fits && ShapeProblems(task, cut).empty()) cuts.push_back(std::move(cut));
  }
  return cuts;
}

}  // namespace kernelevolve::worker
