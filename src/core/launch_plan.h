// LaunchPlan: what a kernel's host code would do at one shape, as data: kernels
// with their grids and arguments, fills, copies, values that host code knew,
// streams joined by events. It is recorded once where no device is, and replayed
// by our own launcher, so that no candidate host code is present where time is
// measured. All languages meet in it. JSON form: core/launch_plan_json.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

namespace kernelevolve {

// Memory a plan may name. Inputs and outputs in the task's order; variables as
// ShapePlan lists them.
struct BufferRef {
  enum class Kind { kInput, kOutput, kWorkspace, kAllocation, kVariable };
  Kind kind = Kind::kInput;
  int index = 0;  // 0 for the workspace

  bool operator==(const BufferRef&) const = default;
  std::string ToString() const;  // "input:0", "workspace", "allocation:2"
  static std::optional<BufferRef> Parse(const std::string& text);
};

struct BufferPlace {
  BufferRef buffer;
  uint64_t offset = 0;  // bytes; may be the end, or beyond: a kernel's matter
};

// An address inside bytes that a plan holds: parameters, or what it writes.
struct PlanPointer {
  uint32_t at = 0;  // byte offset
  BufferPlace place;
};

// A tensor map inside such bytes (128 of them).
struct PlanMapUse {
  uint32_t at = 0;
  int map = 0;  // index into ShapePlan::tensor_maps
};

using Extent3 = std::array<uint32_t, 3>;

struct LaunchOp {
  int stream = 0;
  int module = 0;
  std::string kernel;  // as the module calls it
  Extent3 grid{1, 1, 1}, block{1, 1, 1}, cluster{1, 1, 1};
  uint32_t shared_bytes = 0;  // dynamic
  bool cooperative = false;
  // Programmatic dependent launch: its blocks may start while the launch before
  // it on its stream still runs, and wait for that by themselves.
  bool programmatic = false;
  std::vector<uint8_t> parameters;   // packed, addresses zero
  std::vector<uint32_t> offsets;     // of each parameter
  std::vector<PlanPointer> pointers;
  std::vector<PlanMapUse> maps;
};

struct MemsetOp {
  int stream = 0;
  BufferPlace to;
  uint64_t bytes = 0;
  uint32_t value = 0;
  int width = 1;  // bytes of an element: 1, 2 or 4
  // So many times `bytes`, each so far behind the one before.
  uint64_t rows = 1, pitch = 0;
};

struct CopyOp {
  int stream = 0;
  BufferPlace to, from;
  uint64_t bytes = 0;
  uint64_t rows = 1, to_pitch = 0, from_pitch = 0;  // as of a fill
};

// Values that host code knew when it was recorded.
struct WriteOp {
  int stream = 0;
  BufferPlace to;
  std::vector<uint8_t> bytes;  // addresses zero
  std::vector<PlanPointer> pointers;
  std::vector<PlanMapUse> maps;
};

// An event is recorded on a stream, or a stream waits for one.
struct EventOp {
  int stream = 0;
  int event = 0;
  bool wait = false;
};

using PlanOp = std::variant<LaunchOp, MemsetOp, CopyOp, WriteOp, EventOp>;

// What all writes of a setup, or of a run, may come to: tables of constants, no
// tensors.
inline constexpr uint64_t kMostWrittenBytes = 64 << 10;
// Of two rows; what the device's copies take.
inline constexpr uint64_t kMostPitch = 0x7fffffff;
inline constexpr int kMostVariables = 256;
// Of the PTX of all modules together: it travels in a frame with them.
inline constexpr size_t kMostPtxBytes = 8 << 20;

// Arguments of cuTensorMapEncodeTiled, codes as the driver's enumerations.
struct TensorMap {
  BufferPlace base;
  int dtype = 0, interleave = 0, swizzle = 0, l2_promotion = 0, oob_fill = 0;
  std::vector<uint64_t> dims, strides;  // strides: bytes, one less than dims
  std::vector<uint32_t> box, element_strides;
};

// A __device__ or __constant__ variable.
struct PlanVariable {
  int module = 0;
  std::string name;  // as the module calls it
  uint64_t bytes = 0;

  bool operator==(const PlanVariable&) const = default;
};

// One shape's plan. Stream 0 is the caller's.
struct ShapePlan {
  uint64_t workspace_bytes = 0;
  std::vector<uint64_t> allocations;  // bytes; contents undefined
  std::vector<PlanVariable> variables;
  std::vector<TensorMap> tensor_maps;
  std::vector<PlanOp> setup;  // once, after constants have their values
  std::vector<PlanOp> run;    // every call
};

// Owned by whoever judges; immutable once checked.
struct LaunchPlan {
  std::vector<ShapePlan> shapes;  // in the order that was asked for
  std::vector<std::string> modules;  // images: cubin or fatbin, raw bytes
  // What each was made of, where its compiler says so: "" where it does not.
  std::vector<std::string> ptx;
};

// What a shape's plan may refer to: bytes of each tensor.
struct PlanLimits {
  std::vector<uint64_t> input_bytes, output_bytes;
  uint64_t most_workspace = 0, most_allocated = 0;
};

// kBadInput names the first thing that no launcher should be asked to do: a
// buffer that does not exist, a fill or copy outside one, an input written by a
// fill, a thousand million blocks, an address that is no address. Kernels may
// still go astray; the device's guards are for that.
Status CheckPlan(const ShapePlan& plan, const LaunchPlan& whole,
                 const PlanLimits& limits);

}  // namespace kernelevolve
