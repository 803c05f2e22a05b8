// The calls that capture streams into graphs.
#include "worker/record/fake_cuda.h"

namespace worker = kernelevolve::worker;
namespace cuda = kernelevolve::worker::cuda;
using worker::FakeCudaCall;

#pragma GCC visibility push(default)
extern "C" {

int cudaStreamBeginCapture(cuda::Stream stream, int mode) {
  FakeCudaCall fake;
  return fake ? fake->BeginCapture(stream, mode) : cuda::kNotSupported;
}

int cudaStreamEndCapture(cuda::Stream stream, cuda::Graph* out) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  if (!out) return fake->Return(cuda::kInvalidValue);
  *out = nullptr;
  worker::CudaGraph graph;
  const int error = fake->captures.End(stream, &graph);
  if (error) return fake->Return(error);
  *out = fake->graphs.AddGraph(std::move(graph));
  return cuda::kSuccess;
}

int cudaStreamIsCapturing(cuda::Stream stream, int* status) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  if (!status) return fake->Return(cuda::kInvalidValue);
  if (!stream && fake->captures.open())
    return fake->Return(cuda::kCaptureImplicit);
  *status = fake->captures.Status(stream);
  return cuda::kSuccess;
}

int cudaStreamGetCaptureInfo(cuda::Stream stream, int* status,
                             unsigned long long* id, cuda::Graph* graph,
                             const cuda::GraphNode** nodes,
                             const cuda::EdgeData** edges, size_t* count) {
  FakeCudaCall fake;
  if (const int error = cudaStreamIsCapturing(stream, status)) return error;
  if (*status == cuda::kCaptureNone) return cuda::kSuccess;
  if (graph || nodes || edges || count) {
    fake->tape.CannotHold("a graph of cudaStreamGetCaptureInfo");
    return fake->Return(cuda::kNotSupported);
  }
  if (id) *id = fake->captures.Id(stream);
  return cuda::kSuccess;
}

}  // extern "C"
#pragma GCC visibility pop
