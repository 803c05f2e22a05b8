#include "worker/record/stream_table.h"

namespace kernelevolve::worker {
namespace {

// Handles are no memory: whoever looks into one faults.
constexpr uint64_t kFirstHandle = 0x1f00'0000'0000, kStep = 64;

std::optional<int> Number(std::map<void*, int>& numbers, void* handle) {
  return numbers.try_emplace(handle, static_cast<int>(numbers.size()))
      .first->second;
}

}  // namespace

StreamTable::StreamTable() : next_handle_(kFirstHandle) {
  call_stream_ = CreateStream();
  StartRecording();
}

void* StreamTable::NewHandle() {
  next_handle_ += kStep;
  return reinterpret_cast<void*>(next_handle_);
}

cuda::Stream StreamTable::CreateStream() {
  return *streams_.insert(NewHandle()).first;
}

cuda::Event StreamTable::CreateEvent() {
  return *events_.insert(NewHandle()).first;
}

bool StreamTable::Destroy(void* handle) {
  if (handle == call_stream_) return false;
  return streams_.erase(handle) + events_.erase(handle) > 0;
}

void StreamTable::StartRecording() {
  stream_numbers_.clear();
  event_numbers_.clear();
  stream_numbers_[call_stream_] = 0;
}

bool StreamTable::IsDefaultStream(cuda::Stream stream) {
  // Null, cudaStreamLegacy, cudaStreamPerThread.
  return reinterpret_cast<uintptr_t>(stream) <= 2;
}

std::optional<int> StreamTable::StreamNumber(cuda::Stream stream) {
  if (!streams_.contains(stream)) return std::nullopt;
  return Number(stream_numbers_, stream);
}

std::optional<int> StreamTable::EventNumber(cuda::Event event) {
  if (!events_.contains(event)) return std::nullopt;
  return Number(event_numbers_, event);
}

int StreamTable::LaneNumber(int lane) {
  void*& handle = lanes_[lane];
  if (!handle) handle = NewHandle();
  return *Number(stream_numbers_, handle);
}

int StreamTable::LaneEventNumber(int event) {
  void*& handle = lane_events_[event];
  if (!handle) handle = NewHandle();
  return *Number(event_numbers_, handle);
}

}  // namespace kernelevolve::worker
