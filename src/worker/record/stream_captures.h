// StreamCaptures: which streams are being captured into which graphs, and how
// events tie their nodes together.
#pragma once

#include <map>
#include <optional>
#include <thread>
#include <vector>

#include "worker/record/cuda_graph.h"

namespace kernelevolve::worker {

// One thread at a time, whichever it is. Errors are the runtime's. One against
// the rules of a capture breaks it: it takes nothing more, and ends with
// kCaptureInvalidated.
class StreamCaptures {
 public:
  int Begin(cuda::Stream stream, int mode);
  // Fills `graph` unless an error is returned.
  int End(cuda::Stream stream, CudaGraph* graph);
  bool Captures(cuda::Stream stream) const { return Find(stream) != nullptr; }
  cuda::CaptureStatus Status(cuda::Stream stream) const;
  // Of a stream that is captured: different for each capture.
  uint64_t Id(cuda::Stream stream) const { return Find(stream)->id; }
  bool open() const { return !captures_.empty(); }

  // A node after all that was put on the stream, which is captured.
  // kMemoryAllocation if the graph has no room for it.
  int Add(cuda::Stream stream, GraphNode node);
  // On a stream that is captured.
  int Record(cuda::Event event, cuda::Stream stream);
  // Where the stream is captured, or the event was recorded in a capture: the
  // stream becomes a part of it.
  int Wait(cuda::Stream stream, cuda::Event event);
  // Last recorded while it was captured.
  bool IsCaptured(cuda::Event event) const { return events_.contains(event); }
  // It was recorded on a stream that is not captured, or destroyed.
  void ForgetEvent(cuda::Event event) { events_.erase(event); }
  void ForgetStream(cuda::Stream stream);

  // A call that may not be made while anything, or just this stream, is
  // captured, was made.
  int BreakAll(int error);
  int Break(cuda::Stream stream, int error);
  // Calls that may wait for the device in secret: cudaMalloc and the like.
  // kSuccess if the mode of all captures allows it to this thread.
  int Unsafe();

 private:
  using Nodes = std::vector<size_t>;  // sorted
  struct Capture {
    uint64_t id = 0;
    cuda::Stream origin = nullptr;
    int mode = cuda::kGlobalCapture;
    std::thread::id thread;
    CudaGraph graph;
    std::map<cuda::Stream, Nodes> ends;  // what comes next waits for these
    Nodes orphans;  // ends of streams that were destroyed
    bool broken = false;
  };
  struct CapturedEvent {
    uint64_t capture = 0;
    Nodes nodes;
  };

  const Capture* Find(cuda::Stream stream) const;
  Capture* Find(cuda::Stream stream);
  static bool IsJoined(const Capture& capture);

  std::map<uint64_t, Capture> captures_;  // by id
  std::map<cuda::Event, CapturedEvent> events_;
  uint64_t ids_ = 0;
};

}  // namespace kernelevolve::worker
