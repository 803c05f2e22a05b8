#include "worker/judge/ties.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.h"

namespace kernelevolve::worker {
namespace {

bool MayBeTied(const TensorSpec& spec) {
  using Kind = ValueSpec::Kind;
  return IsFloating(spec.dtype) && !spec.constant &&
         (spec.values.kind == Kind::kUniform || spec.values.kind == Kind::kNormal);
}

// The value next to it, rounded to the dtype when it is stored.
double Neighbour(double value, DType dtype, bool above) {
  const double towards =
      (above ? 1 : -1) * std::numeric_limits<double>::infinity();
  switch (dtype) {
    case DType::kF64: return std::nextafter(value, towards);
    case DType::kF16: return value + (above ? 1 : -1) * std::fabs(value) * 0x1p-10;
    case DType::kBF16: return value + (above ? 1 : -1) * std::fabs(value) * 0x1p-7;
    default:
      return std::nextafterf(static_cast<float>(value), static_cast<float>(towards));
  }
}

}  // namespace

bool DecidesByComparing(const Task& task) {
  return std::ranges::any_of(task.inputs, MayBeTied) &&
         std::ranges::any_of(task.outputs, [](const TensorSpec& output) {
           return !IsFloating(output.dtype);
         });
}

std::optional<size_t> TiedTo(const Task& task, size_t index) {
  const TensorSpec& spec = task.inputs[index];
  if (!MayBeTied(spec)) return std::nullopt;
  for (size_t i = 0; i < index; ++i)
    if (MayBeTied(task.inputs[i]) && task.inputs[i].dtype == spec.dtype &&
        task.inputs[i].values.kind == spec.values.kind)
      return i;
  return index;
}

void ShrinkSome(std::vector<double>& pool, uint64_t seed) {
  constexpr int kLeast = 8, kMore = 16;
  Random random(seed);
  for (double& value : pool)
    if (random.Below(4) == 0)
      value = std::ldexp(value, -kLeast - static_cast<int>(random.Below(kMore)));
}

void PlantTies(std::vector<double>& values, const std::vector<double>& pool,
               DType dtype, double low, double high, uint64_t seed) {
  constexpr uint64_t kZeroOneIn = 16;
  constexpr size_t kFew = 16;  // of the pool, so that most meet each other
  if (pool.empty()) return;
  Random random(seed);
  for (double& value : values) {
    const uint64_t bits = random.Next();
    if (bits % kZeroOneIn == 0 && low <= 0 && high >= 0) {
      value = bits & kZeroOneIn ? 0.0 : -0.0;
      continue;
    }
    const double other = pool[random.Below(std::min(pool.size(), kFew))];
    switch (bits / kZeroOneIn % 8) {
      case 0:
      case 1: value = other; break;
      case 2: value = Neighbour(other, dtype, /*above=*/true); break;
      case 3: value = Neighbour(other, dtype, /*above=*/false); break;
      default: continue;
    }
    if (value != 0) value = std::clamp(value, low, high);
  }
}

}  // namespace kernelevolve::worker
