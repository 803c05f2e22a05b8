#include "worker/gpu/judge/open_pairs.h"

namespace kernelevolve::worker::gpu {

OpenPairs OpenPairs::Lenient() {
  using enum NumberClass;
  OpenPairs pairs;
  for (const NumberClass right : {kPlusInfinity, kMinusInfinity, kNan})
    for (const NumberClass got : {kFinite, kPlusInfinity, kMinusInfinity, kNan})
      pairs.Open(right, got);
  return pairs;
}

OpenPairs OpenByTask(const TensorSpec& output, InputFamily inputs) {
  using enum NumberClass;
  if (output.nonfinite != NonFinite::kUnspecified) return {};
  OpenPairs open = OpenPairs::Lenient();
  if (!HasSpecials(inputs)) return open;
  for (const NumberClass got : {kPlusInfinity, kMinusInfinity, kNan})
    open.Open(kFinite, got);
  return open;
}

OpenPairs PairsOf(const ExpectedOutput& both) {
  OpenPairs pairs;
  for (size_t i = 0; i < both.second.size(); ++i)
    if (Disputed(both, static_cast<int64_t>(i)))
      pairs.Open(ClassOf(both.second[i]), ClassOf(both.exact[i]));
  if (!both.second_integers.empty() && both.second_integers != both.integers)
    pairs.Open(NumberClass::kFinite, NumberClass::kFinite);
  return pairs;
}

}  // namespace kernelevolve::worker::gpu
