// GpuSession: a task's tensors in device memory, and a process that works on
// them. The device's counterpart of worker/judge/session.h: "run this on these
// inputs in that world and let me look".
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "core/launch_plan.h"
#include "worker/gpu/judge/device_kernels.h"
#include "worker/gpu/launcher/kernel_process.h"
#include "worker/gpu/memory/lent_memory.h"
#include "worker/judge/call_outputs.h"
#include "worker/judge/input_case.h"
#include "worker/judge/session.h"

namespace kernelevolve::worker::gpu {

// A tensor's home on the device, large enough for every shape of a task.
struct Slot {
  int64_t id = 0;  // as launchers and torch processes know it
  std::unique_ptr<LentMemory> memory;
  bool writable = false;  // by those it is lent to
  uint64_t offset = 0;    // of the payload at the present shape
  uint64_t bytes = 0;     // of the payload

  CuAddress payload() const { return memory->address() + offset; }
};

// Lent memory is named by number: the flush's, then slots, then answers.
inline constexpr int64_t kFlushId = 1, kCleanId = 2, kFirstSlotId = 10, kFirstAnswerId = 1000;

// A call may take this long before it counts as hanging: two seconds, and at a
// hundred GFLOP/s what the task counts.
std::chrono::nanoseconds GpuCallLimit(const Task& task, const ShapeCase& shape);

// Where `bytes` lie in a slot of `capacity`: bases are aligned to 16 bytes and,
// in the correctness worlds, to no more.
uint64_t PayloadOffset(uint64_t capacity, uint64_t bytes, PlacementRule rule);

// Device memory of one task. Owned by the device server's judge; one thread.
class TaskMemory {
 public:
  // kResource-like errors (kInfrastructure with the driver's words) if the
  // device has too little memory.
  static Result<std::unique_ptr<TaskMemory>> Create(
      const Driver& driver, int device, const Task& task,
      const std::vector<ShapeCase>& shapes);

  std::vector<Slot> inputs, outputs, panel_outputs;
  // Tier H: copies of the inputs, which its processes have in their place and by
  // their numbers. What the panel and the oracle read is out of their reach.
  std::vector<Slot> shown;
  Slot workspace;

  // Makes `shown`, unless it is there.
  Status MakeShown(const Driver& driver, int device);
  // Copies inputs to `shown`, constant ones only if asked to; returns when it is
  // done.
  Status Show(const Driver& driver, const Task& task, bool constants);

  // True if the workspace had to be replaced: whoever it was lent to must go.
  Result<bool> GrowWorkspace(const Driver& driver, int device, uint64_t bytes);

  // Offsets of every slot at a shape.
  void Place(const Task& task, const ShapeCase& shape, PlacementRule rule,
             uint64_t workspace_bytes);
  // Inputs and the panel's outputs where the panel's graphs have them; a
  // kernel's own outputs stay where its world puts them.
  void PlaceForPanel(const Task& task, const ShapeCase& shape);
  // What a kernel's process gets: no answer of the panel's, nor of anybody else.
  std::vector<const Slot*> KernelSlots() const;
  // Inputs, outputs and workspace as they are placed.
  BindRequest Places() const;
};

// One kernel at one shape in one world. Lives as long as one candidate's stay.
class GpuSession : public CallOutputs {
 public:
  struct Parts {
    const Driver& driver;
    DeviceKernels& kernels;
    const Task& task;
    TaskMemory& memory;
    KernelProcess& process;
  };
  GpuSession(const Parts& parts, const World& world)
      : parts_(parts), world_(world) {}

  // Loads a shape's plan, binds it where the world says, writes the inputs and
  // runs the plan's setup.
  Verdictless Bind(const ShapeCase& shape, const ShapePlan& plan,
                   const LaunchPlan& whole, const InputSet& inputs);
  // As Bind, for inputs that are in their slots already.
  Verdictless BindInPlace(const ShapeCase& shape, const ShapePlan& plan,
                          const LaunchPlan& whole);
  // Places slots at a shape without binding a kernel.
  void Place(const ShapeCase& shape, uint64_t workspace_bytes);
  // Non-constant inputs from host memory.
  Status WriteInputs(const InputSet& inputs, bool constants);
  Status Poison(uint64_t seed);
  // One call, watched from outside. `as_used`: see KernelProcess.
  Verdictless Run(std::chrono::nanoseconds limit, double* host_ns,
                  bool as_used = false);
  // Several, one right behind the other, outputs wiped between them.
  Verdictless RunInARow(int calls, std::chrono::nanoseconds limit);
  // Brings outputs and canaries into host memory: CallOutputs answers from it.
  Status Download();
  // Canaries alone, for outputs that are compared on the device.
  Status DownloadCanaries();
  Result<uint64_t> Digest();
  // Tier H: whether the candidate's copies of the inputs are what was shown.
  Result<bool> ShownIntact() const;

  const uint8_t* Output(size_t index) const override;
  int64_t OutputElements(size_t index) const override;
  uint64_t PoisonPattern(size_t index) const override;
  std::optional<std::string> BrokenCanary() const override;
  bool WroteAfterReturn() const override { return false; }

  // Why the kernel is launched step by step and not as one graph; "" if it is.
  const std::string& no_graph() const { return no_graph_; }
  const ShapeCase& shape() const { return shape_; }
  TaskMemory& memory() { return parts_.memory; }
  KernelProcess& process() { return parts_.process; }

 private:
  // Bytes of canary on either side of a payload.
  struct Canary {
    uint64_t before = 0, after = 0;
  };
  static Canary CanaryOf(const Slot& slot);
  Status Poison(const Slot& slot, uint64_t pattern);
  Status ReadCanary(const Slot& slot, const std::string& name);
  // Does `work` of the process, which is shown the inputs; INPUT_MUTATED if it
  // has changed one.
  Verdictless Watched(const std::function<Verdictless()>& work);
  Result<uint64_t> InputDigest(const std::vector<Slot>& inputs) const;
  void CheckCanary(const uint8_t* bytes, uint64_t count, const std::string& name);

  Parts parts_;
  World world_;
  ShapeCase shape_;
  uint64_t canary_ = 0;  // eight bytes, repeated
  std::vector<uint64_t> patterns_;
  std::vector<std::vector<uint8_t>> downloaded_;  // canaries included
  std::optional<std::string> broken_;
  std::string no_graph_;
};

}  // namespace kernelevolve::worker::gpu
