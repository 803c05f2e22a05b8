#include "worker/gpu/launcher/call_graph.h"

namespace kernelevolve::worker::gpu {
namespace {

Cuda<GraphExec> Instantiate(const Driver& driver, CuStream stream,
                            const Graph& graph) {
  CuGraphExec exec = nullptr;
  RETURN_IF_CUDA(driver.GraphInstantiate(&exec, graph.get(), 0),
                 "making a graph of the call");
  GraphExec owned(driver, exec);
  RETURN_IF_CUDA(driver.GraphUpload(exec, stream), "uploading the call's graph");
  RETURN_IF_CUDA(driver.StreamSynchronize(stream), "uploading the call's graph");
  return owned;
}

}  // namespace

Cuda<GraphExec> CaptureCall(const Driver& driver, CuStream stream,
                            const std::function<CudaStatus()>& issue) {
  // Relaxed: nothing else in this process works with the device meanwhile.
  RETURN_IF_CUDA(driver.StreamBeginCapture(stream, kCaptureModeRelaxed),
                 "capturing the call");
  const CudaStatus issued = issue();
  // Ended in any case, or the stream would stay in the state of capture.
  CuGraph captured = nullptr;
  const CuResult ended = driver.StreamEndCapture(stream, &captured);
  const Graph graph(driver, captured);
  RETURN_IF_CUDA_ERROR(issued);
  RETURN_IF_CUDA(ended, "capturing the call");
  return Instantiate(driver, stream, graph);
}

Cuda<GraphExec> MakeEmptyCall(const Driver& driver, CuStream stream) {
  CuGraph made = nullptr;
  RETURN_IF_CUDA(driver.GraphCreate(&made, 0), "an empty graph");
  const Graph graph(driver, made);
  CuGraphNode node = nullptr;
  RETURN_IF_CUDA(driver.GraphAddEmptyNode(&node, made, nullptr, 0),
                 "an empty graph");
  return Instantiate(driver, stream, graph);
}

}  // namespace kernelevolve::worker::gpu
