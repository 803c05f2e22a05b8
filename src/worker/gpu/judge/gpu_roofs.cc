#include "worker/gpu/judge/gpu_roofs.h"

#include <algorithm>

#include "base/format.h"
#include "base/json.h"
#include "worker/timing/roofs.h"

namespace kernelevolve::worker::gpu {
namespace {

double FlopsOf(const GpuRoofs& roofs, const std::string& name) {
  const auto found = roofs.flops.find(name);
  return found == roofs.flops.end() ? 0 : found->second;
}

DType WidestFloat(const Task& task) {
  DType widest = DType::kF8E5M2;
  for (const auto* tensors : {&task.inputs, &task.outputs})
    for (const TensorSpec& tensor : *tensors)
      if (IsFloating(tensor.dtype) &&
          DTypeBytes(tensor.dtype) > DTypeBytes(widest))
        widest = tensor.dtype;
  return widest;
}

uint64_t OutputBytes(const Task& task, const ShapeCase& shape) {
  uint64_t bytes = 0;
  for (const TensorSpec& output : task.outputs)
    bytes += static_cast<uint64_t>(ElementCount(output, shape) *
                                   DTypeBytes(output.dtype));
  return bytes;
}

double Bound(double flops, double flop_roof, double bytes, double byte_roof) {
  const double arithmetic = flop_roof > 0 ? flops / flop_roof : 0;
  const double traffic = byte_roof > 0 ? bytes / byte_roof : 0;
  return 1e6 * std::max(arithmetic, traffic);
}

}  // namespace

double TaskFlops(const Task& task, const GpuRoofs& roofs) {
  switch (WidestFloat(task)) {
    case DType::kF64: return FlopsOf(roofs, "f64");
    case DType::kF32:
      // Three products of tf32 parts come near a float's precision.
      return task.objective.precision == "tf32"
                 ? FlopsOf(roofs, "tf32")
                 : std::max(FlopsOf(roofs, "f32"), FlopsOf(roofs, "tf32") / 3);
    case DType::kF16:
    case DType::kBF16:
      return std::max(FlopsOf(roofs, "f16"), FlopsOf(roofs, "bf16"));
    default:
      return std::max(FlopsOf(roofs, "f8e4m3"), FlopsOf(roofs, "f16"));
  }
}

GpuRoofs RoofsFrom(const TorchRoofs& measured, const DeviceInfo& device,
                   double cold_to_hot) {
  GpuRoofs roofs;
  roofs.bytes = measured.copy_bytes_per_second;
  roofs.write_bytes = measured.write_bytes_per_second;
  roofs.flops = measured.flops_per_second;
  roofs.launch_us = measured.launch_microseconds;
  roofs.l2_bytes = device.l2_bytes;
  roofs.cold_to_hot = cold_to_hot;
  return roofs;
}

std::optional<GpuRoofs> ReadRoofs(const fs::path& file, const DeviceInfo& device) {
  const auto text = ReadFile(file, 1 << 20);
  if (!text) return std::nullopt;
  const auto json = ParseJson(*text);
  if (!json || GetString(*json, "uuid") != device.uuid) return std::nullopt;
  GpuRoofs roofs;
  roofs.bytes = GetNumber(*json, "bytes").value_or(0);
  roofs.write_bytes = GetNumber(*json, "write_bytes").value_or(0);
  roofs.launch_us = GetNumber(*json, "launch_us").value_or(0);
  roofs.cold_to_hot = GetNumber(*json, "cold_to_hot").value_or(0);
  roofs.l2_bytes = device.l2_bytes;
  for (const auto& [name, value] : GetMember(*json, "flops").items())
    if (value.is_number()) roofs.flops[name] = value.get<double>();
  if (!(roofs.bytes > 0) || roofs.flops.empty()) return std::nullopt;
  return roofs;
}

Status WriteRoofs(const fs::path& file, const DeviceInfo& device,
                  const GpuRoofs& roofs) {
  const Json json = {{"uuid", device.uuid},
                     {"device", device.name},
                     {"bytes", roofs.bytes},
                     {"write_bytes", roofs.write_bytes},
                     {"launch_us", roofs.launch_us},
                     {"cold_to_hot", roofs.cold_to_hot},
                     {"flops", roofs.flops}};
  return WriteFileAtomic(file, DumpPrettyJson(json) + "\n");
}

double SpeedOfLightUs(const Task& task, const ShapeCase& shape,
                      const GpuRoofs& roofs) {
  const TaskCost cost = CostAt(task, shape);
  if (!cost.known) return 0;
  return Bound(cost.flops, TaskFlops(task, roofs), cost.bytes, roofs.bytes);
}

double ImpossibleBelowUs(const Task& task, const ShapeCase& shape,
                         const GpuRoofs& roofs) {
  const TaskCost cost = CostAt(task, shape);
  if (!cost.known) return 0;
  double flops = TaskFlops(task, roofs);
  if (WidestFloat(task) == DType::kF32)
    flops = std::max(flops, FlopsOf(roofs, "tf32"));
  // What is written may still be in the cache when the clock stops; reading
  // alone is a little quicker than copying.
  constexpr double kReadsOverCopies = 1.15;
  const auto resident = static_cast<double>(
      std::min<uint64_t>(OutputBytes(task, shape), roofs.l2_bytes));
  return Bound(cost.flops, flops, std::max(0.0, cost.bytes - resident),
               roofs.bytes * kReadsOverCopies);
}

}  // namespace kernelevolve::worker::gpu
