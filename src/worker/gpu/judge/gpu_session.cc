#include "worker/gpu/judge/gpu_session.h"

#include <algorithm>

#include "base/format.h"
#include "base/random.h"
#include "worker/gpu/driver/cuda_error.h"
#include "worker/gpu/judge/transfer.h"
#include "worker/judge/poison.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr uint64_t kAlignment = 16;  // what a kernel may rely on
// Room for canaries before a payload and for the timing placements.
constexpr uint64_t kSlackBytes = 2048;
// Most kernels ask for less; those that do not get more.
constexpr uint64_t kFirstWorkspace = 32ull << 20;

uint64_t LargestBytes(const TensorSpec& tensor,
                      const std::vector<ShapeCase>& shapes) {
  uint64_t largest = 0;
  for (const ShapeCase& shape : shapes)
    largest = std::max(largest, static_cast<uint64_t>(ElementCount(tensor, shape) *
                                                      DTypeBytes(tensor.dtype)));
  return largest;
}

LentPlace PlaceOf(const Slot& slot) {
  return {static_cast<int>(slot.id), slot.offset};
}

Result<Slot> MakeSlot(const Driver& driver, int device, uint64_t bytes,
                      bool writable) {
  Slot slot;
  slot.writable = writable;
  ASSIGN_OR_RETURN(slot.memory,
                   LentMemory::Create(driver, device, bytes + kSlackBytes));
  return slot;
}

}  // namespace

std::chrono::nanoseconds GpuCallLimit(const Task& task, const ShapeCase& shape) {
  const double flops =
      task.flops ? task.flops->Evaluate(BindDims(shape)).value_or(0) : 0;
  return std::chrono::nanoseconds(static_cast<int64_t>(2e9 + 0.01 * flops));
}

uint64_t PayloadOffset(uint64_t capacity, uint64_t bytes, PlacementRule rule) {
  switch (rule) {
    case PlacementRule::kEndFlush:
      return (capacity - bytes) / kAlignment * kAlignment;
    case PlacementRule::kShifted: return 512 + kAlignment;
    case PlacementRule::kAligned64: return 512 + 64;
    case PlacementRule::kAligned256: return 512;
  }
  return 0;
}

Result<std::unique_ptr<TaskMemory>> TaskMemory::Create(
    const Driver& driver, int device, const Task& task,
    const std::vector<ShapeCase>& shapes) {
  auto memory = std::make_unique<TaskMemory>();
  for (size_t i = 0; i < task.inputs.size(); ++i) {
    ASSIGN_OR_RETURN(Slot slot, MakeSlot(driver, device, LargestBytes(task.inputs[i], shapes),
                                         false));
    memory->inputs.push_back(std::move(slot));
  }
  for (size_t i = 0; i < task.outputs.size(); ++i) {
    const uint64_t bytes = LargestBytes(task.outputs[i], shapes);
    ASSIGN_OR_RETURN(Slot slot, MakeSlot(driver, device, bytes, true));
    memory->outputs.push_back(std::move(slot));
    ASSIGN_OR_RETURN(Slot panel, MakeSlot(driver, device, bytes, true));
    memory->panel_outputs.push_back(std::move(panel));
  }
  ASSIGN_OR_RETURN(memory->workspace,
                   MakeSlot(driver, device, kFirstWorkspace, true));
  int64_t id = kFirstSlotId;
  for (auto* slots : {&memory->inputs, &memory->outputs, &memory->panel_outputs})
    for (Slot& slot : *slots) slot.id = id++;
  memory->workspace.id = id;
  return memory;
}

Status TaskMemory::MakeShown(const Driver& driver, int device) {
  if (!shown.empty()) return {};
  std::vector<Slot> made;
  for (const Slot& input : inputs) {
    Slot slot;
    slot.id = input.id;
    ASSIGN_OR_RETURN(slot.memory, LentMemory::Create(driver, device,
                                                     input.memory->bytes()));
    made.push_back(std::move(slot));
  }
  shown = std::move(made);
  return {};
}

Status TaskMemory::Show(const Driver& driver, const Task& task, bool constants) {
  for (size_t i = 0; i < shown.size(); ++i) {
    shown[i].offset = inputs[i].offset;
    shown[i].bytes = inputs[i].bytes;
    if (task.inputs[i].constant && !constants) continue;
    if (const CuResult code = driver.MemcpyDtoDAsync(
            shown[i].payload(), inputs[i].payload(), inputs[i].bytes, nullptr))
      return Fail(ToError(driver, {code, "showing a call's inputs"}));
  }
  if (const CuResult code = driver.CtxSynchronize())
    return Fail(ToError(driver, {code, "showing a call's inputs"}));
  return {};
}

void TaskMemory::Place(const Task& task, const ShapeCase& shape,
                       PlacementRule rule, uint64_t workspace_bytes) {
  const auto place = [&](Slot& slot, uint64_t bytes) {
    slot.bytes = bytes;
    slot.offset = PayloadOffset(slot.memory->bytes(), bytes, rule);
  };
  const auto bytes = [&](const TensorSpec& tensor) {
    return static_cast<uint64_t>(ElementCount(tensor, shape) *
                                 DTypeBytes(tensor.dtype));
  };
  for (size_t i = 0; i < inputs.size(); ++i) place(inputs[i], bytes(task.inputs[i]));
  for (size_t i = 0; i < outputs.size(); ++i) {
    place(outputs[i], bytes(task.outputs[i]));
    place(panel_outputs[i], bytes(task.outputs[i]));
  }
  place(workspace, workspace_bytes);
}

Result<bool> TaskMemory::GrowWorkspace(const Driver& driver, int device,
                                       uint64_t bytes) {
  if (bytes + kSlackBytes <= workspace.memory->bytes()) return false;
  const int64_t id = workspace.id;
  ASSIGN_OR_RETURN(workspace, MakeSlot(driver, device, bytes, true));
  workspace.id = id;
  return true;
}

void TaskMemory::PlaceForPanel(const Task& task, const ShapeCase& shape) {
  std::vector<uint64_t> own;
  for (const Slot& slot : outputs) own.push_back(slot.offset);
  const auto [scratch, scratch_bytes] = std::pair(workspace.offset, workspace.bytes);
  Place(task, shape, PlacementRule::kAligned256, 0);
  for (size_t i = 0; i < outputs.size(); ++i) outputs[i].offset = own[i];
  workspace.offset = scratch;
  workspace.bytes = scratch_bytes;
}

std::vector<const Slot*> TaskMemory::KernelSlots() const {
  std::vector<const Slot*> all;
  for (const auto* slots : {&inputs, &outputs})
    for (const Slot& slot : *slots) all.push_back(&slot);
  all.push_back(&workspace);
  return all;
}

BindRequest TaskMemory::Places() const {
  BindRequest places;
  for (const Slot& slot : inputs) places.inputs.push_back(PlaceOf(slot));
  for (const Slot& slot : outputs) places.outputs.push_back(PlaceOf(slot));
  places.workspace = PlaceOf(workspace);
  return places;
}

void GpuSession::Place(const ShapeCase& shape, uint64_t workspace_bytes) {
  shape_ = shape;
  parts_.memory.Place(parts_.task, shape, world_.placement, workspace_bytes);
}

Verdictless GpuSession::Bind(const ShapeCase& shape, const ShapePlan& plan,
                             const LaunchPlan& whole, const InputSet& inputs) {
  Place(shape, plan.workspace_bytes);
  RETURN_IF_ERROR(WriteInputs(inputs, /*constants=*/true));
  return BindInPlace(shape, plan, whole);
}

Verdictless GpuSession::BindInPlace(const ShapeCase& shape, const ShapePlan& plan,
                                    const LaunchPlan& whole) {
  shape_ = shape;
  BindRequest binding = parts_.memory.Places();
  binding.poison = static_cast<uint32_t>(
      PoisonWord(DType::kF32, MixBits(world_.poison_seed), world_.nan_poison));
  BindReport report;
  RETURN_IF_FAILED(Watched([&] {
    return parts_.process.Prepare({shape, plan, whole.modules, binding}, &report);
  }));
  no_graph_ = report.graph ? "" : report.why;
  return std::nullopt;
}

Status GpuSession::WriteInputs(const InputSet& inputs, bool constants) {
  for (size_t i = 0; i < inputs.tensors.size(); ++i) {
    if (parts_.task.inputs[i].constant && !constants) continue;
    RETURN_IF_ERROR(CopyToDevice(
        parts_.driver, parts_.memory.inputs[i].payload(), inputs.tensors[i].data(),
        inputs.tensors[i].size()));
  }
  return {};
}

GpuSession::Canary GpuSession::CanaryOf(const Slot& slot) {
  const uint64_t end = slot.offset + slot.bytes;
  return {std::min<uint64_t>(kCanaryBytes, slot.offset),
          std::min<uint64_t>(kCanaryBytes, slot.memory->bytes() - end)};
}

Status GpuSession::Poison(const Slot& slot, uint64_t pattern) {
  const Canary canary = CanaryOf(slot);
  return parts_.kernels.Write({slot.payload() - canary.before, canary.before,
                               slot.bytes, canary.after, pattern, canary_});
}

Status GpuSession::Poison(uint64_t seed) {
  const uint64_t bits = MixBits(seed ^ world_.poison_seed);
  canary_ = MixBits(bits);
  patterns_.clear();
  for (size_t i = 0; i < parts_.memory.outputs.size(); ++i) {
    patterns_.push_back(PoisonWord(parts_.task.outputs[i].dtype,
                                   MixBits(bits + i + 1), world_.nan_poison));
    RETURN_IF_ERROR(Poison(parts_.memory.outputs[i], patterns_[i]));
  }
  const Slot& workspace = parts_.memory.workspace;
  if (workspace.bytes == 0) return {};
  return Poison(workspace, PoisonWord(DType::kF32, bits, world_.nan_poison));
}

void GpuSession::CheckCanary(const uint8_t* bytes, uint64_t count,
                             const std::string& name) {
  for (uint64_t i = 0; i < count; ++i)
    if (bytes[i] != static_cast<uint8_t>(canary_ >> (8 * (i % 8)))) broken_ = name;
}

Status GpuSession::ReadCanary(const Slot& slot, const std::string& name) {
  const Canary canary = CanaryOf(slot);
  std::vector<uint8_t> found(canary.before + canary.after);
  RETURN_IF_ERROR(CopyToHost(parts_.driver, found.data(),
                             slot.payload() - canary.before, canary.before));
  RETURN_IF_ERROR(CopyToHost(parts_.driver, found.data() + canary.before,
                             slot.payload() + slot.bytes, canary.after));
  CheckCanary(found.data(), canary.before, name);
  CheckCanary(found.data() + canary.before, canary.after, name);
  return {};
}

Verdictless GpuSession::Run(std::chrono::nanoseconds limit, double* host_ns,
                            bool as_used) {
  broken_.reset();
  return Watched([&] {
    return as_used ? parts_.process.RunAsUsed(limit, host_ns)
                   : parts_.process.Run(limit, host_ns);
  });
}

Verdictless GpuSession::RunInARow(int calls, std::chrono::nanoseconds limit) {
  broken_.reset();
  RunRequest request;
  request.calls = calls;
  for (const Slot& slot : parts_.memory.outputs)
    request.wiped.push_back({PlaceOf(slot), slot.bytes});
  return parts_.process.RunInARow(request, limit);
}

Verdictless GpuSession::Watched(const std::function<Verdictless()>& work) {
  if (!parts_.process.may_write_inputs()) return work();
  RETURN_IF_ERROR(parts_.memory.Show(parts_.driver, parts_.task, true));
  RETURN_IF_FAILED(work());
  ASSIGN_OR_RETURN(const bool intact, ShownIntact());
  if (intact) return std::nullopt;
  return Failure{Code::kInputMutated,
                 "wrote to an input, which is read-only, at shape " + shape_.name,
                 "read_only_inputs", ""};
}

Result<bool> GpuSession::ShownIntact() const {
  ASSIGN_OR_RETURN(const uint64_t ours, InputDigest(parts_.memory.inputs));
  ASSIGN_OR_RETURN(const uint64_t theirs, InputDigest(parts_.memory.shown));
  return ours == theirs;
}

Result<uint64_t> GpuSession::InputDigest(const std::vector<Slot>& inputs) const {
  uint64_t all = 0;
  for (const Slot& slot : inputs) {
    ASSIGN_OR_RETURN(const uint64_t one,
                     parts_.kernels.Digest(slot.payload(), slot.bytes));
    all = MixBits(all) ^ one;
  }
  return all;
}

Status GpuSession::DownloadCanaries() {
  for (size_t i = 0; i < parts_.memory.outputs.size(); ++i)
    RETURN_IF_ERROR(ReadCanary(parts_.memory.outputs[i],
                               "output " + parts_.task.outputs[i].name));
  if (parts_.memory.workspace.bytes == 0) return {};
  return ReadCanary(parts_.memory.workspace, "the workspace");
}

Status GpuSession::Download() {
  downloaded_.clear();
  for (size_t i = 0; i < parts_.memory.outputs.size(); ++i) {
    const Slot& slot = parts_.memory.outputs[i];
    const Canary canary = CanaryOf(slot);
    std::vector<uint8_t>& bytes =
        downloaded_.emplace_back(canary.before + slot.bytes + canary.after);
    RETURN_IF_ERROR(CopyToHost(parts_.driver, bytes.data(),
                               slot.payload() - canary.before, bytes.size()));
    const std::string name = "output " + parts_.task.outputs[i].name;
    CheckCanary(bytes.data(), canary.before, name);
    CheckCanary(bytes.data() + canary.before + slot.bytes, canary.after, name);
  }
  const Slot& workspace = parts_.memory.workspace;
  return workspace.bytes == 0 ? Status() : ReadCanary(workspace, "the workspace");
}

Result<uint64_t> GpuSession::Digest() {
  uint64_t all = 0;
  for (const Slot& slot : parts_.memory.outputs) {
    ASSIGN_OR_RETURN(const uint64_t one,
                     parts_.kernels.Digest(slot.payload(), slot.bytes));
    all = MixBits(all) ^ one;
  }
  return all;
}

const uint8_t* GpuSession::Output(size_t index) const {
  return downloaded_[index].data() + CanaryOf(parts_.memory.outputs[index]).before;
}

int64_t GpuSession::OutputElements(size_t index) const {
  return ElementCount(parts_.task.outputs[index], shape_);
}

uint64_t GpuSession::PoisonPattern(size_t index) const { return patterns_[index]; }

std::optional<std::string> GpuSession::BrokenCanary() const { return broken_; }

}  // namespace kernelevolve::worker::gpu
