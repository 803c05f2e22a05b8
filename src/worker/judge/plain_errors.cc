#include "worker/judge/plain_errors.h"

#include <algorithm>
#include <cmath>

#include "worker/judge/scalar.h"
#include "worker/judge/shape_sampler.h"

namespace kernelevolve::worker {
namespace {

// A fraction of a second with errors carried along.
constexpr ShapeLimits kQuick{.elements = 1 << 17, .flops = 1e7};
constexpr int64_t kQuickElements = 1 << 15;  // of work that no cost bounds
// No candidate meets these inputs, so nothing has to be secret.
constexpr const char* kKey = "plain errors";

int64_t LongestExtent(const Task& task, const ShapeCase& shape) {
  int64_t longest = 1;
  for (const auto* tensors : {&task.inputs, &task.outputs})
    for (const TensorSpec& tensor : *tensors)
      for (const int64_t extent : Extents(tensor, shape))
        longest = std::max(longest, extent);
  return longest;
}

}  // namespace

void PlainError::Widen(const PlainError& other) {
  max = std::max(max, other.max);
  rms = std::max(rms, other.rms);
}

Result<std::vector<PlainError>> SerialErrors(const Task& task, Oracle& oracle,
                                             const ShapeCase& shape) {
  std::vector<PlainError> errors(task.outputs.size());
  ShapeLimits limits = kQuick;
  if (!task.flops) limits.elements = kQuickElements;
  const InputGenerator generator(task, kKey);
  for (const ShapeCase& cut : CutsOf(task, shape, limits)) {
    const InputCase input_case{cut, InputFamily::kDeclared, 0};
    ASSIGN_OR_RETURN(const auto expected,
                     oracle.Answer(input_case, generator.Draw(input_case), kKey));
    for (size_t i = 0; i < errors.size(); ++i) {
      const ExpectedOutput& output = expected->outputs[i];
      if (output.baseline_known && std::isfinite(output.baseline_max))
        errors[i].Widen({output.baseline_max, output.baseline_rms});
    }
  }
  return errors;
}

PlainError ProductErrors(const std::string& precision) {
  // Each factor errs by up to 2^-10 where it is cut off, evenly; errors of many
  // products add up as the products do. The largest of millions is six times that.
  constexpr double kRms = 0x1p-10 * 0.6, kSigmas = 6;
  if (precision != "tf32") return {};
  return {kSigmas * kRms, kRms};
}

std::vector<PlainError> GuessSerialErrors(const Task& task,
                                          const ShapeCase& shape) {
  // Roundings of partial sums that grow as a walk does, of either sign: measured,
  // 0.18 for terms of one sign and 0.2 for those of both.
  constexpr double kOfRoot = 0.2, kLargest = 5;
  const double root =
      std::sqrt(static_cast<double>(LongestExtent(task, shape)));
  std::vector<PlainError> errors;
  for (const TensorSpec& output : task.outputs) {
    const bool summed =
        output.dtype == DType::kF32 || output.dtype == DType::kF64;
    const double rms =
        summed ? kOfRoot * root * UnitRoundoff(output.dtype) : 0;
    errors.push_back({kLargest * rms, rms});
  }
  return errors;
}

}  // namespace kernelevolve::worker
