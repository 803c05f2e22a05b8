// The types by which a program compiled by nvcc 13 describes CUDA graphs to the
// runtime. testing/cuda_abi.cu holds the layouts to the real ones.
#pragma once

#include <cstddef>

#include "worker/record/cuda_abi.h"

namespace kernelevolve::worker::cuda {

// Handles are opaque to a program.
using Graph = void*;
using GraphNode = void*;
using GraphExec = void*;

// Values of cudaGraphNodeType; others are not held.
enum NodeType : int {
  kKernelNode = 0,
  kCopyNode = 1,
  kFillNode = 2,
  kChildNode = 4,
  kEmptyNode = 5,
};

// Values of cudaStreamCaptureMode and cudaStreamCaptureStatus.
enum CaptureMode : int { kGlobalCapture, kThreadCapture, kRelaxedCapture };
enum CaptureStatus : int { kCaptureNone, kCaptureActive, kCaptureBroken };

// cudaGraphInstantiateFlagDeviceLaunch, and all flags there are.
inline constexpr unsigned long long kInstantiateForDevice = 4,
                                    kInstantiateFlags = 15;
// cudaEventRecordExternal and cudaEventWaitExternal.
inline constexpr unsigned kExternalEvent = 1;

struct KernelNodeParams {
  void* function;
  Dim3 grid, block;
  unsigned shared_bytes;
  void** arguments;
  void** extra;
};

// cudaMemsetParams: rows of elements.
struct FillNodeParams {
  void* to;
  size_t pitch;
  unsigned value, element_bytes;
  size_t width, height;
};

struct Triple {
  size_t x, y, z;
};

struct PitchedPointer {
  void* pointer;
  size_t pitch, width, height;
};

// cudaMemcpy3DParms.
struct CopyNodeParams {
  void* from_array;
  Triple from_at;
  PitchedPointer from;
  void* to_array;
  Triple to_at;
  PitchedPointer to;
  Triple extent;
  int kind;
};

struct GraphNodeParams {
  int type;
  int reserved[3];
  union {
    long long padding[29];
    KernelNodeParams kernel;
    struct {
      int flags, reserved[3];
      CopyNodeParams params;
    } copy;
    FillNodeParams fill;
    struct {
      Graph graph;
      int ownership;  // 0: the child is copied
    } child;
  };
  long long reserved_too;
};

// All zero: the one waits for the end of the other.
struct EdgeData {
  unsigned char from_port, to_port, type, reserved[5];
};

// cudaGraphInstantiateParams.
struct InstantiateParams {
  unsigned long long flags;
  Stream upload;
  GraphNode failed;
  int result;  // 0, or 2: the structure is invalid
};

// cudaGraphExecUpdateResultInfo.
struct UpdateResult {
  int result;  // 0, or 2: the topology is another; 3: a node's type
  GraphNode node, from_node;
};

}  // namespace kernelevolve::worker::cuda
