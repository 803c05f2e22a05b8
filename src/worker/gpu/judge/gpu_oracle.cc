#include "worker/gpu/judge/gpu_oracle.h"

#include <algorithm>
#include <cmath>

#include "base/digest.h"
#include "base/format.h"
#include "worker/gpu/judge/transfer.h"
#include "worker/judge/comparison.h"

namespace kernelevolve::worker::gpu {
namespace {

uint64_t ExactBytes(const TensorSpec& tensor, const ShapeCase& shape) {
  const auto count = static_cast<uint64_t>(ElementCount(tensor, shape));
  return count * (IsFloating(tensor.dtype)
                      ? sizeof(double)
                      : static_cast<uint64_t>(DTypeBytes(tensor.dtype)));
}

uint64_t ExactBytes(const Task& task, const ShapeCase& shape) {
  uint64_t bytes = 0;
  for (const TensorSpec& output : task.outputs) bytes += ExactBytes(output, shape);
  return bytes;
}

// Of a ceiling that sums in order may take: products of fewer bits err by more.
constexpr double kMostSerialShare = 4;
// Answers that are kept for the next candidate.
constexpr uint64_t kKeptBytes = 16ull << 30;

}  // namespace

double OverLibrary(InputFamily family) {
  switch (family) {
    case InputFamily::kDeclared: return 2;
    // Of two exponentials that are nearly equal the last bits of huge scores decide.
    case InputFamily::kLarge: return 8;
    default: return 4;
  }
}

double DeviceCeiling(const Task& task, DType dtype) {
  if (dtype == DType::kF32 && task.objective.precision == "tf32") return 5e-3;
  return ErrorCeiling(dtype);
}

Result<std::shared_ptr<const Expected>> GpuOracle::HostAnswer(
    const InputCase& input_case, const InputSet& inputs,
    const std::string& secret) {
  if (!host_) return Broken("a task without reference.cc has no host answers");
  return host_->Answer(input_case, inputs, secret);
}

std::shared_ptr<const InputSet> GpuOracle::HostInputs(
    const InputCase& input_case, const InputGenerator& generator,
    const std::string& secret) {
  // A search's cases come again with every candidate; those of later stages,
  // with secrets of their own, do not.
  constexpr size_t kMostKept = 200;
  const std::string key = secret + "\n" + input_case.Key();
  if (const auto known = host_inputs_.find(key); known != host_inputs_.end())
    return known->second;
  auto drawn = std::make_shared<const InputSet>(generator.Draw(input_case));
  if (host_inputs_.size() >= kMostKept) host_inputs_.clear();
  host_inputs_[key] = drawn;
  return drawn;
}

Result<const DeviceAnswer*> GpuOracle::Answer(const InputCase& input_case,
                                              const std::string& secret,
                                              TaskMemory& memory) {
  const std::string key = HexDigest(secret + "\n" + input_case.Key());
  if (const auto known = answers_.find(key); known != answers_.end())
    return known->second.get();
  const uint64_t bytes = ExactBytes(task_, input_case.shape);
  while (kept_bytes_ + bytes > kKeptBytes && !oldest_first_.empty()) {
    const auto oldest = answers_.find(oldest_first_.front());
    for (const DeviceAnswer::Output& output : oldest->second->outputs)
      kept_bytes_ -= std::min(kept_bytes_, output.exact->bytes());
    answers_.erase(oldest);
    oldest_first_.pop_front();
  }
  ASSIGN_OR_RETURN(DeviceAnswer answer, Compute(input_case, memory));
  for (const DeviceAnswer::Output& output : answer.outputs)
    kept_bytes_ += output.exact->bytes();
  oldest_first_.push_back(key);
  auto& kept = answers_[key] = std::make_unique<DeviceAnswer>(std::move(answer));
  return kept.get();
}

void GpuOracle::DropAnswers() {
  answers_.clear();
  oldest_first_.clear();
  kept_bytes_ = 0;
}

Result<GpuOracle::Exact> GpuOracle::Ask(const ShapeCase& shape,
                                        TaskMemory& memory) {
  Exact exact;
  std::vector<const LentMemory*> places;
  for (const TensorSpec& output : task_.outputs) {
    ASSIGN_OR_RETURN(auto lent, LentMemory::Create(driver_, device_,
                                                   ExactBytes(output, shape)));
    places.push_back(lent.get());
    exact.push_back(std::move(lent));
  }
  ASSIGN_OR_RETURN(const OracleReply reply, torch_->Answer(shape, memory, places));
  if (!reply.float64) narrow_.insert(shape.name);
  return exact;
}

Result<bool> GpuOracle::PlainOverflows(const ShapeCase& shape,
                                       TaskMemory& memory) {
  if (!torch_) return false;
  ASSIGN_OR_RETURN(const Exact exact, Ask(shape, memory));
  for (size_t i = 0; i < task_.outputs.size(); ++i) {
    const TensorSpec& spec = task_.outputs[i];
    if (!IsFloating(spec.dtype)) continue;
    const int64_t count = ElementCount(spec, shape);
    ASSIGN_OR_RETURN(const DeviceKernels::Size plain,
                     kernels_.Measure(memory.panel_outputs[i].payload(),
                                      spec.dtype, count));
    ASSIGN_OR_RETURN(const DeviceKernels::Size right,
                     kernels_.Measure(exact[i]->address(), DType::kF64, count));
    if (plain.finite < right.finite) return true;
  }
  return false;
}

Result<bool> GpuOracle::PlainBreaksTies(const ShapeCase& shape,
                                        TaskMemory& memory) {
  if (!torch_) return false;
  ASSIGN_OR_RETURN(const Exact exact, Ask(shape, memory));
  for (size_t i = 0; i < task_.outputs.size(); ++i) {
    const TensorSpec& spec = task_.outputs[i];
    if (IsFloating(spec.dtype)) continue;
    ASSIGN_OR_RETURN(
        const DeviceComparison found,
        kernels_.CompareBits(memory.panel_outputs[i].payload(), exact[i]->address(),
                             static_cast<int>(DTypeBytes(spec.dtype)),
                             ElementCount(spec, shape), 0));
    if (found.wrong > 0) return true;
  }
  return false;
}

Result<std::vector<Comparison>> GpuOracle::PlainErrors(const ShapeCase& shape,
                                                       const Expected& host,
                                                       TaskMemory& memory) {
  std::vector<Comparison> errors;
  if (!torch_) return errors;
  RETURN_IF_ERROR(Ask(shape, memory));
  for (size_t i = 0; i < host.outputs.size(); ++i) {
    const Slot& plain = memory.panel_outputs[i];
    std::vector<uint8_t> bytes(plain.bytes);
    RETURN_IF_ERROR(CopyToHost(driver_, bytes.data(), plain.payload(), plain.bytes));
    errors.push_back(worker::Compare(host.outputs[i], bytes.data(), 0));
  }
  return errors;
}

Result<Expected> GpuOracle::WithSecond(const ShapeCase& shape,
                                       const Expected& host, TaskMemory& memory) {
  Expected both = host;
  if (!torch_) return both;
  ASSIGN_OR_RETURN(const Exact exact, Ask(shape, memory));
  for (size_t i = 0; i < both.outputs.size(); ++i) {
    ExpectedOutput& output = both.outputs[i];
    output.second.resize(output.exact.size());
    output.second_integers.resize(output.integers.size());
    void* to = output.second.data();
    if (output.second.empty()) to = output.second_integers.data();
    RETURN_IF_ERROR(CopyToHost(driver_, to, exact[i]->address(),
                               ExactBytes(task_.outputs[i], shape)));
  }
  return both;
}

Result<DeviceAnswer> GpuOracle::Compute(const InputCase& input_case,
                                        TaskMemory& memory) {
  ASSIGN_OR_RETURN(Exact exact, Ask(input_case.shape, memory));
  DeviceAnswer answer;
  for (auto& lent : exact) answer.outputs.push_back({std::move(lent), {}, {}});
  RETURN_IF_ERROR(Finish(input_case, memory, answer));
  return answer;
}

const GpuOracle::Serial& GpuOracle::SerialErrorsAt(const ShapeCase& shape) {
  if (const auto known = serial_errors_.find(shape.name);
      known != serial_errors_.end())
    return known->second;
  Serial serial{GuessSerialErrors(task_, shape), false};
  if (host_)
    if (auto measured = SerialErrors(task_, *host_, shape))
      serial = {*std::move(measured), true};
  return serial_errors_[shape.name] = std::move(serial);
}

Status GpuOracle::Finish(const InputCase& input_case, TaskMemory& memory,
                         DeviceAnswer& answer) {
  const Serial& serial = SerialErrorsAt(input_case.shape);
  for (size_t i = 0; i < task_.outputs.size(); ++i) {
    const TensorSpec& spec = task_.outputs[i];
    DeviceAnswer::Output& output = answer.outputs[i];
    if (!IsFloating(spec.dtype)) continue;
    const int64_t count = ElementCount(spec, input_case.shape);
    ASSIGN_OR_RETURN(const DeviceKernels::Size size,
                     kernels_.Measure(output.exact->address(), DType::kF64, count));
    output.allowance.scale = size.scale;
    output.allowance.relative = DeviceCeiling(task_, spec.dtype);
    output.allowance.absolute = output.allowance.relative * output.allowance.scale;
    bool overridden = false;
    for (const ToleranceOverride& override : task_.tolerances)
      if (override.output.empty() || override.output == spec.name) {
        output.allowance.relative = override.rtol;
        output.allowance.absolute = override.atol;
        overridden = true;
      }
    ASSIGN_OR_RETURN(
        const DeviceComparison plain,
        kernels_.Compare({memory.panel_outputs[i].payload(), spec.dtype},
                         {output.exact->address(), DType::kF64}, count,
                         output.allowance, 0, OpenPairs::Lenient()));
    // What plain library code of the same precision is off by bounds nobody
    // from below: where it exceeds a ceiling, the ceiling gives way; further where
    // no ratio test follows, and only declared inputs say what sums in order err.
    double share = plain.worst;
    if (serial.measured && !overridden)
      share = std::max(share, std::min(kMostSerialShare, serial.errors[i].max /
                                           output.allowance.relative));
    const double slack = OverLibrary(input_case.family);
    if (slack * share > 1) {
      output.allowance.relative *= slack * share;
      output.allowance.absolute *= slack * share;
    }
    if (overridden) continue;
    if (input_case.family != InputFamily::kDeclared) {
      // Where values are odd, plain code may be exact by luck: no ratio test.
      output.baseline = {INFINITY, INFINITY};
      continue;
    }
    output.baseline = {plain.error_max, plain.error_rms};
    output.baseline.Widen(serial.errors[i]);
    if (spec.dtype == DType::kF32)
      output.baseline.Widen(ProductErrors(task_.objective.precision));
  }
  return {};
}

}  // namespace kernelevolve::worker::gpu
