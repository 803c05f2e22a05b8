#include "worker/record/fake_cuda.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/format.h"
#include "base/text.h"
#include "worker/record/fake_addresses.h"

namespace kernelevolve::worker {
namespace {

// The loader calls our exported functions before it is done loading, so what
// they work on can be found in no other way.
std::recursive_mutex runtime_lock;
FakeCuda* runtime = nullptr;

struct ErrorName {
  int error;
  std::string_view name;
};
constexpr ErrorName kErrorNames[] = {
    {cuda::kSuccess, "cudaSuccess"},
    {cuda::kInvalidValue, "cudaErrorInvalidValue"},
    {cuda::kMemoryAllocation, "cudaErrorMemoryAllocation"},
    {cuda::kInvalidConfiguration, "cudaErrorInvalidConfiguration"},
    {cuda::kInvalidSymbol, "cudaErrorInvalidSymbol"},
    {cuda::kInvalidDevicePointer, "cudaErrorInvalidDevicePointer"},
    {cuda::kInvalidDeviceFunction, "cudaErrorInvalidDeviceFunction"},
    {cuda::kInvalidDevice, "cudaErrorInvalidDevice"},
    {cuda::kInvalidKernelImage, "cudaErrorInvalidKernelImage"},
    {cuda::kNoKernelImageForDevice, "cudaErrorNoKernelImageForDevice"},
    {cuda::kInvalidResourceHandle, "cudaErrorInvalidResourceHandle"},
    {cuda::kIllegalState, "cudaErrorIllegalState"},
    {cuda::kSymbolNotFound, "cudaErrorSymbolNotFound"},
    {cuda::kLaunchOutOfResources, "cudaErrorLaunchOutOfResources"},
    {cuda::kCooperativeLaunchTooLarge, "cudaErrorCooperativeLaunchTooLarge"},
    {cuda::kNotSupported, "cudaErrorNotSupported"},
    {cuda::kCaptureUnsupported, "cudaErrorStreamCaptureUnsupported"},
    {cuda::kCaptureInvalidated, "cudaErrorStreamCaptureInvalidated"},
    {cuda::kCaptureMerge, "cudaErrorStreamCaptureMerge"},
    {cuda::kCaptureUnmatched, "cudaErrorStreamCaptureUnmatched"},
    {cuda::kCaptureUnjoined, "cudaErrorStreamCaptureUnjoined"},
    {cuda::kCaptureIsolation, "cudaErrorStreamCaptureIsolation"},
    {cuda::kCaptureImplicit, "cudaErrorStreamCaptureImplicit"},
    {cuda::kCapturedEvent, "cudaErrorCapturedEvent"},
    {cuda::kCaptureWrongThread, "cudaErrorStreamCaptureWrongThread"},
    {cuda::kGraphUpdateFailure, "cudaErrorGraphExecUpdateFailure"},
    {cuda::kInvalidClusterSize, "cudaErrorInvalidClusterSize"}};

}  // namespace

FakeCudaCall::FakeCudaCall() : lock_(runtime_lock) {}
FakeCuda* FakeCudaCall::operator->() const { return runtime; }
FakeCudaCall::operator bool() const { return runtime != nullptr; }
void FakeCudaCall::Serve(FakeCuda* served) { runtime = served; }

int CallStream(cuda::Stream* stream) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  *stream = fake->streams.call_stream();
  if (!fake->captures.open()) return cuda::kSuccess;
  return fake->Return(fake->captures.BreakAll(cuda::kCaptureImplicit));
}

std::string_view CudaErrorName(int error) {
  const auto known = std::ranges::find(kErrorNames, error, &ErrorName::error);
  return known == std::end(kErrorNames) ? "cudaErrorUnknown" : known->name;
}

std::string ReadableKernelName(const std::string& mangled) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> whole(
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status),
      &std::free);
  if (status != 0 || !whole) return Sanitize(mangled, 120);
  std::string name = whole.get();
  name.resize(std::min(name.find('('), name.size()));
  if (name.starts_with("void ")) name.erase(0, 5);
  return Sanitize(name, 120);
}

int FakeCuda::Return(int error) {
  if (error != cuda::kSuccess) last_error = error;
  return error;
}

std::optional<int> FakeCuda::Stream(cuda::Stream stream, std::string_view call) {
  if (StreamTable::IsDefaultStream(stream)) {
    tape.Refuse(Code::kContract,
                format("{} is put on the default stream; use call->stream, or a "
                       "stream of your own joined to it by events", call));
    return std::nullopt;
  }
  const auto number = streams.StreamNumber(stream);
  if (!number)
    tape.Refuse(Code::kRunFailed, format("{} is put on no stream", call));
  return number;
}

int FakeCuda::Fill(cuda::Stream stream, uint64_t to, uint32_t value,
                   uint64_t bytes, std::string_view call) {
  if (!tape.MayWork(call)) return Return(cuda::kNotSupported);
  if (bytes == 0) return cuda::kSuccess;
  if (!IsFakeAddress(to)) {
    tape.Refuse(Code::kRunFailed, format("{}: {:#x} is no device memory", call, to));
    return Return(cuda::kInvalidValue);
  }
  return Put(stream, {MemsetOp{.to = {}, .bytes = bytes, .value = value & 0xff,
                               .width = 1}, to, 0}, call);
}

int FakeCuda::Copy(cuda::Stream stream, uint64_t to, uint64_t from,
                   uint64_t bytes, std::string_view call) {
  if (!tape.MayWork(call)) return Return(cuda::kNotSupported);
  if (bytes == 0) return cuda::kSuccess;
  if (!IsFakeAddress(to)) {
    tape.CannotHold(format("{} {} to host", call,
                           IsFakeAddress(from) ? "device" : "host"));
    return Return(cuda::kNotSupported);
  }
  if (!IsFakeAddress(from)) return Write(stream, to, from, bytes, call);
  return Put(stream, {CopyOp{.to = {}, .from = {}, .bytes = bytes}, to, from},
             call);
}

int FakeCuda::Write(cuda::Stream stream, uint64_t to, uint64_t from,
                    uint64_t bytes, std::string_view call) {
  if (!from) return Return(cuda::kInvalidValue);
  if (bytes > kMostWrittenBytes) {
    tape.CannotHold(format("{} of {} bytes from the host; {} are allowed", call,
                           bytes, kMostWrittenBytes));
    return Return(cuda::kNotSupported);
  }
  WriteOp op;
  op.bytes.resize(bytes);
  return Put(stream, {std::move(op), to, from}, call);
}

int FakeCuda::RecordEvent(cuda::Event event, cuda::Stream stream) {
  if (!tape.MayWork("cudaEventRecord")) return Return(cuda::kNotSupported);
  if (captures.Captures(stream) && streams.HasEvent(event))
    return Return(captures.Record(event, stream));
  const auto of_stream = Stream(stream, "cudaEventRecord");
  const auto of_event = streams.EventNumber(event);
  if (!of_stream || !of_event) return Return(cuda::kInvalidResourceHandle);
  captures.ForgetEvent(event);
  tape.Append({EventOp{*of_stream, *of_event, false}});
  return cuda::kSuccess;
}

int FakeCuda::WaitEvent(cuda::Stream stream, cuda::Event event) {
  if (!tape.MayWork("cudaStreamWaitEvent")) return Return(cuda::kNotSupported);
  if (streams.HasStream(stream) && streams.HasEvent(event) &&
      (captures.Captures(stream) || captures.IsCaptured(event)))
    return Return(captures.Wait(stream, event));
  const auto of_stream = Stream(stream, "cudaStreamWaitEvent");
  const auto of_event = streams.EventNumber(event);
  if (!of_stream || !of_event) return Return(cuda::kInvalidResourceHandle);
  // One that was not recorded, or in ke_setup, which is over: no wait.
  const bool recorded = std::ranges::any_of(tape.ops(), [&](const RawOp& op) {
    const auto* one = std::get_if<EventOp>(&op.op);
    return one && !one->wait && one->event == *of_event;
  });
  if (recorded) tape.Append({EventOp{*of_stream, *of_event, true}});
  return cuda::kSuccess;
}

}  // namespace kernelevolve::worker
