#include "worker/gpu/judge/device_verify.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "worker/gpu/judge/transfer.h"
#include "worker/judge/scalar.h"

namespace kernelevolve::worker::gpu {
namespace {

// One element, for the message.
double Fetch(const Driver& driver, CuAddress data, DType dtype, int64_t index) {
  uint8_t raw[8] = {};
  const auto bytes = static_cast<uint64_t>(DTypeBytes(dtype));
  const auto at = data + static_cast<uint64_t>(index) * bytes;
  if (!CopyToHost(driver, raw, at, bytes)) return NAN;
  return LoadScalar(dtype, raw, 0);
}

Comparison ToComparison(const DeviceSubject& subject, size_t index,
                        const DeviceComparison& found) {
  const TensorSpec& spec = subject.task.outputs[index];
  const DeviceAnswer::Output& answer = subject.answer.outputs[index];
  Comparison result;
  result.compared = found.compared;
  result.wrong = found.wrong;
  result.untouched = found.untouched;
  result.nonfinite = found.nonfinite;
  result.worst = found.worst;
  result.error_max = found.error_max;
  result.error_rms = found.error_rms;
  if (found.wrong > 0) {
    Mismatch& mismatch = result.mismatch;
    mismatch.first = found.first;
    mismatch.got = Fetch(subject.driver,
                         subject.session.memory().outputs[index].payload(),
                         spec.dtype, found.first);
    mismatch.expected =
        Fetch(subject.driver, answer.exact->address(),
              IsFloating(spec.dtype) ? DType::kF64 : spec.dtype, found.first);
    mismatch.allowance = answer.allowance.relative * std::fabs(mismatch.expected) +
                         answer.allowance.absolute;
  }
  result.mismatch.kind = Classify(result);
  return result;
}

Result<DeviceComparison> CompareOne(const DeviceSubject& subject, size_t index,
                                    InputFamily inputs) {
  const TensorSpec& spec = subject.task.outputs[index];
  const DeviceAnswer::Output& answer = subject.answer.outputs[index];
  const CuAddress y = subject.session.memory().outputs[index].payload();
  const int64_t count = subject.session.OutputElements(index);
  const uint64_t poison = subject.session.PoisonPattern(index);
  OpenPairs open = OpenByTask(spec, inputs);
  if (!subject.disputed.empty()) open.Open(subject.disputed[index]);
  if (!IsFloating(spec.dtype) &&
      open.IsOpen(NumberClass::kFinite, NumberClass::kFinite))
    return DeviceComparison{};  // nothing was compared
  if (!IsFloating(spec.dtype))
    return subject.kernels.CompareBits(y, answer.exact->address(),
                                       static_cast<int>(DTypeBytes(spec.dtype)),
                                       count, poison);
  ASSIGN_OR_RETURN(const DeviceComparison found,
                   subject.kernels.Compare({y, spec.dtype},
                                           {answer.exact->address(), DType::kF64}, count,
                                           answer.allowance, poison, open));
  return subject.task.tolerances.empty() ? WithoutTail(found, inputs) : found;
}

}  // namespace

DeviceComparison WithoutTail(DeviceComparison found, InputFamily inputs) {
  const int64_t one_in = inputs == InputFamily::kDeclared ? 1 << 20 : 1 << 12;
  constexpr double kFurther = 2;
  if (found.untouched == 0 && found.nonfinite == 0 && found.worst < kFurther &&
      found.wrong <= found.compared / one_in) {
    found.wrong = 0;
    found.first = -1;
    found.worst = std::min(found.worst, 1.0);
  }
  return found;
}

Verdictless VerifyOnDevice(const DeviceSubject& subject, const CheckSet& checks,
                           const Circumstances& where, Evidence* evidence) {
  RETURN_IF_ERROR(subject.session.DownloadCanaries());
  if (checks.on(Check::kCanaries))
    if (const auto broken = subject.session.BrokenCanary())
      return Failure{Code::kOob,
                     format("bytes beside {} were overwritten at shape {}{}",
                            *broken, where.input_case.shape.name, where.during),
                     "canaries", ""};
  for (size_t i = 0; i < subject.task.outputs.size(); ++i) {
    ASSIGN_OR_RETURN(const DeviceComparison found,
                     CompareOne(subject, i, where.input_case.family));
    const Comparison comparison = ToComparison(subject, i, found);
    evidence->elements_compared += comparison.compared;
    evidence->worst_share = std::max(evidence->worst_share, comparison.worst);
    ExpectedOutput expected;
    expected.dtype = subject.task.outputs[i].dtype;
    const PlainError& baseline = subject.answer.outputs[i].baseline;
    expected.baseline_known = baseline.rms > 0;
    expected.baseline_max = baseline.max;
    expected.baseline_rms = baseline.rms;
    if (auto failure = JudgeComparison(comparison, expected,
                                       subject.task.outputs[i].name, checks, where))
      return failure;
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker::gpu
