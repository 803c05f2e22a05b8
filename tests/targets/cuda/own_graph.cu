// Right, by way of a CUDA graph of its own: the exponentials of the upper rows are
// captured from a stream, those of the lower ones are a node beside them, and a node
// after both divides by the sums.
#include <cuda_runtime.h>
#include <kernelevolve/abi.h>

// One thread per row: slow, and easy to see that it is right.
__global__ void exponentials(const float* x, float* y, long first, long last, long n) {
  const long row = first + blockIdx.x * static_cast<long>(blockDim.x) + threadIdx.x;
  if (row >= last) return;
  const float* in = x + row * n;
  float top = -INFINITY;
  for (long i = 0; i < n; ++i) top = in[i] > top || in[i] != in[i] ? in[i] : top;
  for (long i = 0; i < n; ++i) y[row * n + i] = expf(in[i] - top);
}

__global__ void divide(float* y, long rows, long n) {
  const long row = blockIdx.x * static_cast<long>(blockDim.x) + threadIdx.x;
  if (row >= rows) return;
  float sum = 0;
  for (long i = 0; i < n; ++i) sum += y[row * n + i];
  for (long i = 0; i < n; ++i) y[row * n + i] /= sum;
}

// Adds a kernel of one thread per row.
static cudaError_t Add(cudaGraph_t graph, void* function, long rows, void** arguments,
                       const cudaGraphNode_t* after, size_t count,
                       cudaGraphNode_t* node) {
  cudaKernelNodeParams what{};
  what.func = function;
  what.gridDim = dim3(static_cast<unsigned>((rows + 127) / 128));
  what.blockDim = dim3(128);
  what.kernelParams = arguments;
  return cudaGraphAddKernelNode(node, graph, after, count, &what);
}

extern "C" int ke_run(const ke_call* call) {
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  long rows = call->inputs[0].shape[0], n = call->inputs[0].shape[1];
  long none = 0, half = rows / 2;
  static cudaStream_t own = nullptr;
  if (!own && cudaStreamCreate(&own)) return 1;
  cudaGraph_t graph;
  if (cudaStreamBeginCapture(own, cudaStreamCaptureModeGlobal)) return 2;
  if (half) exponentials<<<(half + 127) / 128, 128, 0, own>>>(x, y, none, half, n);
  if (cudaStreamEndCapture(own, &graph)) return 3;

  cudaGraphNode_t parts[2], last;
  size_t captured = 1;
  if (cudaGraphGetNodes(graph, parts, &captured)) return 4;
  void* lower[] = {&x, &y, &half, &rows, &n};
  if (Add(graph, reinterpret_cast<void*>(exponentials), rows - half, lower, nullptr, 0,
          &parts[captured])) return 5;
  void* all[] = {&y, &rows, &n};
  if (Add(graph, reinterpret_cast<void*>(divide), rows, all, parts, captured + 1,
          &last)) return 6;
  cudaGraphExec_t exec;
  if (cudaGraphInstantiate(&exec, graph, 0)) return 7;
  if (cudaGraphLaunch(exec, static_cast<cudaStream_t>(call->stream))) return 8;
  cudaGraphExecDestroy(exec);
  cudaGraphDestroy(graph);
  return cudaGetLastError();
}
