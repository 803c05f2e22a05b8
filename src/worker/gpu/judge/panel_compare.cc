#include "worker/gpu/judge/panel_compare.h"

#include <algorithm>

#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

CuAddress Mine(const TimedCall& call, size_t output) {
  return call.session.memory().outputs[output].payload();
}

Result<DeviceComparison> CompareBits(const TimedCall& call, size_t output,
                                     CuAddress right) {
  const TensorSpec& spec = call.task.outputs[output];
  return call.kernels.CompareBits(Mine(call, output), right,
                                  static_cast<int>(DTypeBytes(spec.dtype)),
                                  ElementCount(spec, call.shape),
                                  call.session.PoisonPattern(output));
}

Result<DeviceComparison> AgainstBaseline(const TimedCall& call, size_t output) {
  const TensorSpec& spec = call.task.outputs[output];
  const CuAddress trusted = call.session.memory().panel_outputs[output].payload();
  if (!IsFloating(spec.dtype)) return CompareBits(call, output, trusted);
  const int64_t count = ElementCount(spec, call.shape);
  ASSIGN_OR_RETURN(const DeviceKernels::Size size,
                   call.kernels.Measure(trusted, spec.dtype, count));
  return call.kernels.Compare({Mine(call, output), spec.dtype},
                              {trusted, spec.dtype}, count,
                              BothMayErr(call.granted[output], size.scale),
                              call.session.PoisonPattern(output),
                              OpenPairs::Lenient());
}

Result<DeviceComparison> AgainstExact(const TimedCall& call, size_t output,
                                      const DeviceAnswer::Output& answer) {
  const TensorSpec& spec = call.task.outputs[output];
  if (!IsFloating(spec.dtype))
    return CompareBits(call, output, answer.exact->address());
  return call.kernels.Compare({Mine(call, output), spec.dtype},
                              {answer.exact->address(), DType::kF64},
                              ElementCount(spec, call.shape), answer.allowance,
                              call.session.PoisonPattern(output),
                              OpenByTask(spec, InputFamily::kDeclared));
}

// Draws do not come again: the answer is not kept.
Result<bool> IsRight(const TimedCall& call) {
  const InputCase drawn{call.shape, InputFamily::kDeclared, 0};
  ASSIGN_OR_RETURN(const DeviceAnswer answer,
                   call.oracle.AnswerOnce(drawn, call.session.memory()));
  for (size_t i = 0; i < call.task.outputs.size(); ++i) {
    ASSIGN_OR_RETURN(const DeviceComparison found,
                     AgainstExact(call, i, answer.outputs[i]));
    if (found.wrong > 0) return false;
  }
  return true;
}

}  // namespace

Allowance BothMayErr(const Allowance& granted, double scale) {
  // Inputs of one law: where a draw's values are larger, so are their errors.
  const double larger =
      granted.scale > 0 ? std::max(1.0, scale / granted.scale) : 1.0;
  return {2 * granted.relative, 2 * granted.absolute * larger, scale};
}

Result<PanelComparison> CompareWithPanel(const TimedCall& call,
                                         Evidence* evidence) {
  PanelComparison result;
  for (size_t i = 0; i < call.task.outputs.size(); ++i) {
    const TensorSpec& spec = call.task.outputs[i];
    ASSIGN_OR_RETURN(const DeviceComparison found, AgainstBaseline(call, i));
    evidence->elements_compared += found.compared;
    if (found.wrong == 0) continue;
    if (found.untouched == found.compared) {
      result.failure = SkippedCall(
          {Code::kBatchSkip, format("{} was not written in a timed call at shape {}",
                                    spec.name, call.shape.name), "poison", ""});
      return result;
    }
    ASSIGN_OR_RETURN(result.baseline_wrong, IsRight(call));
    if (!result.baseline_wrong)
      result.failure = Failure{
          Code::kWrongOutput,
          format("right when checked, but {} of {} elements of {} are wrong in a "
                 "timed call at shape {}", found.wrong, found.compared, spec.name,
                 call.shape.name), "timed_compare", ""};
    return result;
  }
  return result;
}

}  // namespace kernelevolve::worker::gpu
