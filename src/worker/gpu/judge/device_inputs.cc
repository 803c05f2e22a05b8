#include "worker/gpu/judge/device_inputs.h"

#include "base/format.h"
#include "base/random.h"
#include "worker/gpu/driver/cuda_error.h"
#include "worker/gpu/judge/transfer.h"
#include "worker/judge/secret_seed.h"
#include "worker/judge/special_values.h"

namespace kernelevolve::worker::gpu {

DeviceInputs::DeviceInputs(const Driver& driver, DeviceKernels& kernels,
                           const Task& task, std::string secret)
    : driver_(driver), kernels_(kernels), task_(task), secret_(secret),
      task_digest_(task.Digest()), generator_(task, std::move(secret)) {}

uint64_t DeviceInputs::Seed(const InputCase& input_case, size_t index) const {
  InputCase named = input_case;
  if (task_.inputs[index].constant) named.trial = -1;
  return SecretSeed(
      secret_, format("{}\n{}\ndevice input {}", task_digest_, named.Key(), index));
}

Status DeviceInputs::Write(const InputCase& input_case, bool constants,
                           TaskMemory& memory) {
  if (input_case.nudged_elements == 0) return WriteAll(input_case, constants, memory);
  InputCase before = input_case;
  before.nudged_elements = 0;
  before.nudge_trial = 0;
  RETURN_IF_ERROR(WriteAll(before, constants, memory));
  return Nudge(input_case, memory);
}

Status DeviceInputs::Nudge(const InputCase& input_case, TaskMemory& memory) {
  std::vector<size_t> able;
  for (size_t i = 0; i < task_.inputs.size(); ++i)
    // Whole numbers may stand in an order.
    if (CanNudge(task_.inputs[i]) && IsFloating(task_.inputs[i].dtype))
      able.push_back(i);
  if (able.empty()) return {};
  const size_t index = able[static_cast<size_t>(input_case.nudge_trial) % able.size()];
  const Slot& slot = memory.inputs[index];
  const auto width = static_cast<uint64_t>(DTypeBytes(task_.inputs[index].dtype));
  Random random(Seed(input_case, index));
  for (int i = 0; i < input_case.nudged_elements && slot.bytes > 0; ++i) {
    const uint64_t to = random.Below(slot.bytes / width) * width,
                   from = random.Below(slot.bytes / width) * width;
    if (to == from) continue;
    if (const CuResult code = driver_.MemcpyDtoDAsync(
            slot.payload() + to, slot.payload() + from, width, nullptr))
      return Fail(ToError(driver_, {code, "changing an element"}));
  }
  if (const CuResult code = driver_.CtxSynchronize())
    return Fail(ToError(driver_, {code, "changing elements"}));
  return {};
}

Status DeviceInputs::WriteAll(const InputCase& input_case, bool constants,
                              TaskMemory& memory) {
  for (size_t i = 0; i < task_.inputs.size(); ++i) {
    const TensorSpec& tensor = task_.inputs[i];
    if (tensor.constant && !constants) continue;
    const Slot& slot = memory.inputs[i];
    if (DeviceKernels::CanDraw(tensor, input_case.family)) {
      const uint64_t seed = Seed(input_case, i);
      RETURN_IF_ERROR(kernels_.Draw(tensor, input_case.shape, input_case.family,
                                    slot.payload(), seed,
                                    OffsetFactor(task_, input_case, i)));
      if (HasSpecialRows(task_, input_case, i))
        RETURN_IF_ERROR(kernels_.PlantSpecials(tensor, input_case.shape,
                                               slot.payload(), seed));
      continue;
    }
    const std::vector<uint8_t> raw = generator_.DrawOne(input_case, i);
    RETURN_IF_ERROR(CopyToDevice(driver_, slot.payload(), raw.data(), raw.size()));
  }
  return {};
}

}  // namespace kernelevolve::worker::gpu
