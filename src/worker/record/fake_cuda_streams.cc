// The calls about streams and events, and those that wait for the device.
#include "worker/record/fake_cuda.h"

namespace kernelevolve::worker {
namespace {

// An error of the runtime if a call may not wait, as `captured` says of it.
template <typename Captured>
int Wait(const char* call, Captured captured) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  if (!fake->tape.MayWait(call)) return fake->Return(cuda::kNotSupported);
  return fake->Return(captured(fake->captures));
}

int WaitForDevice(const char* call) {
  return Wait(call, [](StreamCaptures& captures) {
    return captures.open() ? captures.BreakAll(cuda::kCaptureUnsupported)
                           : cuda::kSuccess;
  });
}

int WaitForStream(const char* call, cuda::Stream stream) {
  return Wait(call, [&](StreamCaptures& captures) {
    return captures.Captures(stream)
               ? captures.Break(stream, cuda::kCaptureUnsupported)
               : cuda::kSuccess;
  });
}

int WaitForEvent(const char* call, cuda::Event event) {
  return Wait(call, [&](StreamCaptures& captures) {
    return captures.IsCaptured(event) ? cuda::kCapturedEvent : cuda::kSuccess;
  });
}

int CreateStream(cuda::Stream* out) {
  FakeCudaCall fake;
  if (!fake || !out) return cuda::kInvalidValue;
  *out = fake->streams.CreateStream();
  return cuda::kSuccess;
}

int CreateEvent(cuda::Event* out) {
  FakeCudaCall fake;
  if (!fake || !out) return cuda::kInvalidValue;
  *out = fake->streams.CreateEvent();
  return cuda::kSuccess;
}

int Destroy(void* handle) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  if (handle != fake->streams.call_stream()) {
    fake->captures.ForgetStream(handle);
    fake->captures.ForgetEvent(handle);
  }
  return fake->Return(fake->streams.Destroy(handle)
                          ? cuda::kSuccess
                          : cuda::kInvalidResourceHandle);
}

// Flags: an event of a capture that is to be one of its graph.
int Record(cuda::Event event, cuda::Stream stream, unsigned flags) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  if ((flags & cuda::kExternalEvent) && fake->captures.Captures(stream)) {
    fake->tape.CannotHold("cudaEventRecordExternal in a captured stream");
    return fake->Return(cuda::kNotSupported);
  }
  return fake->RecordEvent(event, stream);
}

}  // namespace
}  // namespace kernelevolve::worker

namespace worker = kernelevolve::worker;
namespace cuda = kernelevolve::worker::cuda;
using worker::FakeCudaCall;

#pragma GCC visibility push(default)
extern "C" {

int cudaStreamCreate(cuda::Stream* out) { return worker::CreateStream(out); }
int cudaStreamCreateWithFlags(cuda::Stream* out, unsigned) {
  return worker::CreateStream(out);
}
int cudaStreamCreateWithPriority(cuda::Stream* out, unsigned, int) {
  return worker::CreateStream(out);
}
int cudaStreamDestroy(cuda::Stream stream) { return worker::Destroy(stream); }
int cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  if (least) *least = 0;
  if (greatest) *greatest = -5;
  return cuda::kSuccess;
}

int cudaEventCreate(cuda::Event* out) { return worker::CreateEvent(out); }
int cudaEventCreateWithFlags(cuda::Event* out, unsigned) {
  return worker::CreateEvent(out);
}
int cudaEventDestroy(cuda::Event event) { return worker::Destroy(event); }
int cudaEventRecord(cuda::Event event, cuda::Stream stream) {
  return worker::Record(event, stream, 0);
}
int cudaEventRecordWithFlags(cuda::Event event, cuda::Stream stream,
                             unsigned flags) {
  return worker::Record(event, stream, flags);
}
int cudaStreamWaitEvent(cuda::Stream stream, cuda::Event event, unsigned flags) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  if ((flags & cuda::kExternalEvent) && fake->captures.Captures(stream)) {
    fake->tape.CannotHold("cudaEventWaitExternal in a captured stream");
    return fake->Return(cuda::kNotSupported);
  }
  return fake->WaitEvent(stream, event);
}

int cudaDeviceSynchronize() {
  return worker::WaitForDevice("cudaDeviceSynchronize");
}
int cudaStreamSynchronize(cuda::Stream stream) {
  return worker::WaitForStream("cudaStreamSynchronize", stream);
}
int cudaEventSynchronize(cuda::Event event) {
  return worker::WaitForEvent("cudaEventSynchronize", event);
}
int cudaStreamQuery(cuda::Stream stream) {
  return worker::WaitForStream("cudaStreamQuery", stream);
}
int cudaEventQuery(cuda::Event event) {
  return worker::WaitForEvent("cudaEventQuery", event);
}

}  // extern "C"
#pragma GCC visibility pop
