// StreamTable: streams and events as the host code holds them, and as a plan
// numbers them.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "worker/record/cuda_abi.h"

namespace kernelevolve::worker {

// One thread at a time. Handles live as long as the process, so that host code
// may keep them; numbers are of one recording.
class StreamTable {
 public:
  StreamTable();

  cuda::Stream call_stream() const { return call_stream_; }
  cuda::Stream CreateStream();
  cuda::Event CreateEvent();
  // False if there is none such.
  bool Destroy(void* handle);
  bool HasStream(cuda::Stream stream) const { return streams_.contains(stream); }
  bool HasEvent(cuda::Event event) const { return events_.contains(event); }

  // Numbers start again: stream 0 is the call's.
  void StartRecording();
  // In order of first use; nullopt for what is no stream, and for the default
  // streams, which no plan has.
  std::optional<int> StreamNumber(cuda::Stream stream);
  std::optional<int> EventNumber(cuda::Event event);
  // Of streams and events of our own, which the host code has no part in: by
  // index.
  int LaneNumber(int lane);
  int LaneEventNumber(int event);
  static bool IsDefaultStream(cuda::Stream stream);

 private:
  void* NewHandle();

  cuda::Stream call_stream_;
  uint64_t next_handle_;
  std::set<void*> streams_, events_;
  std::map<void*, int> stream_numbers_, event_numbers_;
  std::map<int, void*> lanes_, lane_events_;
};

}  // namespace kernelevolve::worker
