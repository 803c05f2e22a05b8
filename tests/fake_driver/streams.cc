// Streams, events, captures and graphs.
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "fake_driver.h"

namespace kernelevolve::worker::gpu {
namespace {

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

void Merge(Seen& into, const Seen& from) {
  for (const auto& [stream, count] : from)
    into[stream] = std::max(into[stream], count);
}

CuResult WaitForDevice() {
  fake::Device& device = fake::TheDevice();
  while (device.hanging) pause();
  if (device.dying != kCudaSuccess) device.dead = device.dying;
  return device.dead;
}

}  // namespace

CuResult fake::Submit(CuStream stream, std::function<void()> work) {
  if (TheDevice().dead != kCudaSuccess) return TheDevice().dead;
  if (CuGraph graph = stream ? stream->capture : nullptr) {
    graph->work.push_back(std::move(work));
    graph->seen[stream][stream] = graph->work.size();
  } else {
    work();
  }
  return kCudaSuccess;
}

extern "C" {

CuResult cuStreamCreate(CuStream* stream, unsigned) {
  KE_FAKE_ANSWER();
  *stream = new CuStreamTag;
  fake::Count("streams", 1);
  return kCudaSuccess;
}
CuResult cuStreamDestroy_v2(CuStream stream) {
  delete stream;
  fake::Count("streams", -1);
  return kCudaSuccess;
}
CuResult cuStreamSynchronize(CuStream stream) {
  KE_FAKE_ANSWER();
  if (stream->capture) return kCudaCaptureUnsupported;
  return WaitForDevice();
}
CuResult cuEventCreate(CuEvent* event, unsigned) {
  KE_FAKE_ANSWER();
  *event = new CuEventTag;
  fake::Count("events", 1);
  return kCudaSuccess;
}
CuResult cuEventDestroy_v2(CuEvent event) {
  delete event;
  fake::Count("events", -1);
  return kCudaSuccess;
}
CuResult cuEventRecord(CuEvent event, CuStream stream) {
  KE_FAKE_ANSWER();
  event->recorded = true;
  event->capture = stream->capture;
  if (stream->capture) event->seen = stream->capture->seen[stream];
  event->at_ns = NowNs();
  return kCudaSuccess;
}
CuResult cuStreamWaitEvent(CuStream stream, CuEvent event, unsigned) {
  KE_FAKE_ANSWER();
  if (!event->capture) {
    // A capture cannot depend on what happened outside of it.
    return stream->capture && event->recorded ? 905 : kCudaSuccess;
  }
  stream->capture = event->capture;
  Merge(stream->capture->seen[stream], event->seen);
  return kCudaSuccess;
}
CuResult cuEventSynchronize(CuEvent) { return WaitForDevice(); }
CuResult cuEventElapsedTime(float* milliseconds, CuEvent start, CuEvent end) {
  if (!start->recorded || !end->recorded) return kCudaInvalidHandle;
  *milliseconds = static_cast<float>(end->at_ns - start->at_ns) * 1e-6f;
  return kCudaSuccess;
}
CuResult cuStreamBeginCapture_v2(CuStream stream, int) {
  KE_FAKE_ANSWER();
  stream->capture = new CuGraphTag;
  stream->capture->origin = stream;
  stream->capture->seen[stream];
  fake::Count("graphs", 1);
  return kCudaSuccess;
}
CuResult cuStreamEndCapture(CuStream stream, CuGraph* graph) {
  CuGraph captured = stream->capture;
  const Seen joined = captured->seen[stream];
  CuResult code = fake::Answer(__func__);
  for (auto& [other, seen] : captured->seen) {
    other->capture = nullptr;
    const auto own = joined.find(other);
    if (seen[other] > (own == joined.end() ? 0 : own->second))
      code = kCudaCaptureUnjoined;
  }
  if (code == kCudaSuccess) {
    *graph = captured;
    return kCudaSuccess;
  }
  *graph = nullptr;
  cuGraphDestroy(captured);
  return code;
}
CuResult cuGraphCreate(CuGraph* graph, unsigned) {
  *graph = new CuGraphTag;
  fake::Count("graphs", 1);
  return kCudaSuccess;
}
CuResult cuGraphAddEmptyNode(CuGraphNode*, CuGraph graph, const CuGraphNode*,
                             size_t) {
  graph->work.push_back([] {});
  return kCudaSuccess;
}
CuResult cuGraphInstantiateWithFlags(CuGraphExec* exec, CuGraph graph,
                                     unsigned long long) {
  KE_FAKE_ANSWER();
  *exec = new CuGraphExecTag{graph->work};
  fake::Count("execs", 1);
  return kCudaSuccess;
}
CuResult cuGraphUpload(CuGraphExec, CuStream) { return kCudaSuccess; }
CuResult cuGraphLaunch(CuGraphExec exec, CuStream) {
  KE_FAKE_ANSWER();
  fake::Log("graph " + std::to_string(exec->work.size()));
  for (const auto& work : exec->work) work();
  return kCudaSuccess;
}
CuResult cuGraphDestroy(CuGraph graph) {
  delete graph;
  fake::Count("graphs", -1);
  return kCudaSuccess;
}
CuResult cuGraphExecDestroy(CuGraphExec exec) {
  delete exec;
  fake::Count("execs", -1);
  return kCudaSuccess;
}

}  // extern "C"
}  // namespace kernelevolve::worker::gpu
