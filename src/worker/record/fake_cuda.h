// FakeCuda: a CUDA runtime without a device. It answers a program's questions
// from facts that it was given, and takes down what the program would have
// started. The exported functions of fake_cuda_*.cc stand on it.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "worker/cubin/occupancy.h"
#include "worker/record/cuda_modules.h"
#include "worker/record/graph_table.h"
#include "worker/record/stream_captures.h"
#include "worker/record/stream_table.h"
#include "worker/record/tape.h"

namespace kernelevolve::worker {

struct LaunchShape {
  cuda::Dim3 grid{1, 1, 1}, block{1, 1, 1}, cluster{1, 1, 1};
  uint64_t shared_bytes = 0;  // dynamic
  cuda::Stream stream = nullptr;
  bool cooperative = false;
  bool programmatic = false;  // may start before what is before it has ended
};

// Owned by the recorder process; one call at a time, by way of FakeCudaCall.
class FakeCuda {
 public:
  explicit FakeCuda(const DeviceLimits& limits)
      : device(limits), modules(limits.arch) {}

  int Launch(const void* function, const LaunchShape& shape, void** arguments);
  int Fill(cuda::Stream stream, uint64_t to, uint32_t value, uint64_t bytes,
           std::string_view call);
  int Copy(cuda::Stream stream, uint64_t to, uint64_t from, uint64_t bytes,
           std::string_view call);
  // From memory of the host, if it is not null, and not too much.
  int Write(cuda::Stream stream, uint64_t to, uint64_t from, uint64_t bytes,
            std::string_view call);
  // Rows of memory.
  int FillRows(cuda::Stream stream, const cuda::FillNodeParams& rows,
               std::string_view call);
  int CopyRows(cuda::Stream stream, const cuda::CopyNodeParams& rows,
               std::string_view call);
  int RecordEvent(cuda::Event event, cuda::Stream stream);
  int WaitEvent(cuda::Stream stream, cuda::Event event);
  int BeginCapture(cuda::Stream stream, int mode);
  int LaunchGraph(cuda::GraphExec exec, cuda::Stream stream);
  // A node of a graph as its parameters say, or an error.
  int MakeNode(const cuda::KernelNodeParams* params, GraphNode* node);
  int MakeNode(const cuda::FillNodeParams* params, GraphNode* node);
  int MakeNode(const cuda::CopyNodeParams* params, GraphNode* node);
  // Return; refuses the kernel, too, if the error says that a graph is full.
  int ReturnOfGraph(int error);
  // The plan's number of a stream; nullopt, and a refusal, if it has none.
  std::optional<int> Stream(cuda::Stream stream, std::string_view call);
  // Remembers an error as cudaGetLastError would, and returns it.
  int Return(int error);

  const DeviceLimits device;
  CudaModules modules;
  Tape tape;
  StreamTable streams;
  GraphTable graphs;
  StreamCaptures captures;
  std::vector<LaunchShape> configurations;  // pushed by <<<…>>>
  int last_error = cuda::kSuccess;

 private:
  // What a launch would be, of no stream, or why it is none.
  int MakeLaunch(const void* function, const LaunchShape& shape,
                 void** arguments, RawOp* op);
  // Onto a stream, or into the graph that the stream is captured in.
  int Put(cuda::Stream stream, RawOp op, std::string_view call);
  int PutRows(cuda::Stream stream, int error, std::vector<RawOp> ops,
              std::string_view call);
  int Capture(cuda::Stream stream, GraphNode node);

  // Why the device would not start it: an error, words, and the verdict's code:
  // kLaunchFail for more than the device has.
  struct Objection {
    int error;
    std::string reason;
    Code code = Code::kRunFailed;
  };
  std::optional<Objection> Object(const CudaFunction& function,
                                  const LaunchShape& shape) const;
  std::optional<Objection> ObjectToCluster(const CudaFunction& function,
                                           const LaunchShape& shape) const;
};

// The runtime that exported functions find, locked while this lives. A program
// calls them from its loader and from any thread, with no argument of ours:
// this process has one, or none (null).
class FakeCudaCall {
 public:
  FakeCudaCall();
  FakeCuda* operator->() const;
  explicit operator bool() const;
  static void Serve(FakeCuda* runtime);

 private:
  std::unique_lock<std::recursive_mutex> lock_;
};

// Without a stream of its own, a call is one on the call's stream that the host
// does not wait for: nothing of it can be seen from the host. An error while
// streams are captured, which the default stream would wait for.
int CallStream(cuda::Stream* stream);

std::string_view CudaErrorName(int error);  // "cudaErrorInvalidValue"

// A kernel's name as its author wrote it, without parameters.
std::string ReadableKernelName(const std::string& mangled);

}  // namespace kernelevolve::worker
