#include "worker/gpu/judge/panel_check.h"

#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

// A library may take a shorter accumulator than the definition, or break a tie
// its own way.
constexpr double kOfTheAllowance = 8;
constexpr double kPlainlyWrong = 0.01;  // of the elements

Result<DeviceComparison> Compare(const CheckedPanel& checked, size_t output,
                                 const ShapeCase& shape,
                                 const DeviceAnswer::Output& answer) {
  // Nothing a member writes is this, and if it were, no matter.
  constexpr uint64_t kNoPoison = 0x5a5a'5a5a'5a5a'5a5bull;
  const TensorSpec& spec = checked.task.outputs[output];
  const int64_t count = ElementCount(spec, shape);
  const CuAddress theirs = checked.memory.panel_outputs[output].payload();
  if (!IsFloating(spec.dtype))
    return checked.kernels.CompareBits(theirs, answer.exact->address(),
                                       static_cast<int>(DTypeBytes(spec.dtype)),
                                       count, kNoPoison);
  Allowance allowance = answer.allowance;
  allowance.relative *= kOfTheAllowance;
  allowance.absolute *= kOfTheAllowance;
  return checked.kernels.Compare({theirs, spec.dtype},
                                 {answer.exact->address(), DType::kF64}, count,
                                 allowance, kNoPoison, OpenPairs::Lenient());
}

// One call of the member, untimed.
Result<bool> Right(const CheckedPanel& checked, size_t member,
                   const ShapeCase& shape, const DeviceAnswer& answer) {
  ASSIGN_OR_RETURN([[maybe_unused]] const double ignored,
                   checked.panel.Time(member, shape, 0, /*keep_outputs=*/true,
                                      checked.memory));
  for (size_t i = 0; i < checked.task.outputs.size(); ++i) {
    ASSIGN_OR_RETURN(const DeviceComparison found,
                     Compare(checked, i, shape, answer.outputs[i]));
    if (static_cast<double>(found.wrong) >
        kPlainlyWrong * static_cast<double>(found.compared))
      return false;
  }
  return true;
}

Status CheckMember(const CheckedPanel& checked, size_t member,
                   const ShapeCase& shape, const DeviceAnswer& answer) {
  ASSIGN_OR_RETURN(const bool right, Right(checked, member, shape, answer));
  if (right) return {};
  RETURN_IF_ERROR(checked.panel.PrepareUncaptured(
      member, shape, "replayed as a graph it computes something else",
      checked.memory));
  if (!checked.panel.Ready(member, shape)) return {};
  ASSIGN_OR_RETURN(const bool mended, Right(checked, member, shape, answer));
  if (!mended)
    checked.panel.LeaveOut(member, shape, "it does not compute the reference");
  return {};
}

}  // namespace

Status CheckPanel(const CheckedPanel& checked, const ShapeCase& shape,
                  const DeviceAnswer& answer) {
  for (size_t member = 0; member < checked.panel.size(); ++member)
    if (checked.panel.Ready(member, shape))
      RETURN_IF_ERROR(CheckMember(checked, member, shape, answer));
  return {};
}

}  // namespace kernelevolve::worker::gpu
