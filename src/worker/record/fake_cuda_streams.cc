// The calls about streams and events, and those that wait for the device.
#include "worker/record/fake_cuda.h"

namespace kernelevolve::worker {
namespace {

int Wait(const char* call) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  return fake->tape.MayWait(call) ? cuda::kSuccess
                                  : fake->Return(cuda::kNotSupported);
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
  return fake->Return(fake->streams.Destroy(handle)
                          ? cuda::kSuccess
                          : cuda::kInvalidResourceHandle);
}

int Record(cuda::Event event, cuda::Stream stream) {
  FakeCudaCall fake;
  return fake ? fake->RecordEvent(event, stream) : cuda::kNotSupported;
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
int cudaStreamIsCapturing(cuda::Stream, int* status) {
  if (status) *status = 0;
  return cuda::kSuccess;
}

int cudaEventCreate(cuda::Event* out) { return worker::CreateEvent(out); }
int cudaEventCreateWithFlags(cuda::Event* out, unsigned) {
  return worker::CreateEvent(out);
}
int cudaEventDestroy(cuda::Event event) { return worker::Destroy(event); }
int cudaEventRecord(cuda::Event event, cuda::Stream stream) {
  return worker::Record(event, stream);
}
int cudaEventRecordWithFlags(cuda::Event event, cuda::Stream stream, unsigned) {
  return worker::Record(event, stream);
}
int cudaStreamWaitEvent(cuda::Stream stream, cuda::Event event, unsigned) {
  FakeCudaCall fake;
  return fake ? fake->WaitEvent(stream, event) : cuda::kNotSupported;
}

int cudaDeviceSynchronize() { return worker::Wait("cudaDeviceSynchronize"); }
int cudaStreamSynchronize(cuda::Stream) {
  return worker::Wait("cudaStreamSynchronize");
}
int cudaEventSynchronize(cuda::Event) {
  return worker::Wait("cudaEventSynchronize");
}
int cudaStreamQuery(cuda::Stream) { return worker::Wait("cudaStreamQuery"); }
int cudaEventQuery(cuda::Event) { return worker::Wait("cudaEventQuery"); }

}  // extern "C"
#pragma GCC visibility pop
