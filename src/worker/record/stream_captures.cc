#include "worker/record/stream_captures.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kernelevolve::worker {
namespace {

std::vector<size_t> Union(const std::vector<size_t>& one,
                          const std::vector<size_t>& other) {
  std::vector<size_t> all;
  std::ranges::set_union(one, other, std::back_inserter(all));
  return all;
}

}  // namespace

const StreamCaptures::Capture* StreamCaptures::Find(cuda::Stream stream) const {
  for (const auto& [_, capture] : captures_)
    if (capture.ends.contains(stream)) return &capture;
  return nullptr;
}

StreamCaptures::Capture* StreamCaptures::Find(cuda::Stream stream) {
  return const_cast<Capture*>(std::as_const(*this).Find(stream));
}

cuda::CaptureStatus StreamCaptures::Status(cuda::Stream stream) const {
  const Capture* capture = Find(stream);
  if (!capture) return cuda::kCaptureNone;
  return capture->broken ? cuda::kCaptureBroken : cuda::kCaptureActive;
}

int StreamCaptures::Begin(cuda::Stream stream, int mode) {
  if (mode < cuda::kGlobalCapture || mode > cuda::kRelaxedCapture)
    return cuda::kInvalidValue;
  if (Find(stream)) return cuda::kIllegalState;
  Capture& capture = captures_[++ids_];
  capture.id = ids_;
  capture.origin = stream;
  capture.mode = mode;
  capture.thread = std::this_thread::get_id();
  capture.ends[stream];
  return cuda::kSuccess;
}

int StreamCaptures::End(cuda::Stream stream, CudaGraph* graph) {
  Capture* capture = Find(stream);
  if (!capture) return cuda::kIllegalState;
  if (capture->origin != stream) return cuda::kCaptureUnmatched;
  if (capture->mode != cuda::kRelaxedCapture &&
      capture->thread != std::this_thread::get_id())
    return cuda::kCaptureWrongThread;
  const Capture ended = std::move(*capture);
  captures_.erase(ended.id);
  if (ended.broken) return cuda::kCaptureInvalidated;
  if (!IsJoined(ended)) return cuda::kCaptureUnjoined;
  *graph = ended.graph;
  return cuda::kSuccess;
}

// Nodes were added after those that they wait for.
bool StreamCaptures::IsJoined(const Capture& capture) {
  const auto& nodes = capture.graph.nodes();
  std::vector<bool> reached(nodes.size());
  for (const size_t end : capture.ends.at(capture.origin)) reached[end] = true;
  for (size_t i = nodes.size(); i-- > 0;)
    if (reached[i])
      for (const size_t before : nodes[i].after) reached[before] = true;
  const auto joined = [&](const Nodes& ends) {
    return std::ranges::all_of(ends, [&](size_t end) { return reached[end]; });
  };
  return joined(capture.orphans) &&
         std::ranges::all_of(capture.ends, [&](const auto& stream) {
           return joined(stream.second);
         });
}

int StreamCaptures::Add(cuda::Stream stream, GraphNode node) {
  Capture& capture = *Find(stream);
  if (capture.broken) return cuda::kCaptureInvalidated;
  Nodes& ends = capture.ends[stream];
  node.after = ends;
  if (!capture.graph.Add(std::move(node))) return cuda::kMemoryAllocation;
  ends = {capture.graph.nodes().size() - 1};
  return cuda::kSuccess;
}

int StreamCaptures::Record(cuda::Event event, cuda::Stream stream) {
  const Capture& capture = *Find(stream);
  if (capture.broken) return cuda::kCaptureInvalidated;
  events_[event] = {capture.id, capture.ends.at(stream)};
  return cuda::kSuccess;
}

int StreamCaptures::Wait(cuda::Stream stream, cuda::Event event) {
  Capture* mine = Find(stream);
  if (mine && mine->broken) return cuda::kCaptureInvalidated;
  const auto recorded = events_.find(event);
  const auto theirs = recorded == events_.end()
                          ? captures_.end()
                          : captures_.find(recorded->second.capture);
  if (theirs == captures_.end())
    return mine ? Break(stream, cuda::kCaptureIsolation) : cuda::kCapturedEvent;
  Capture& capture = theirs->second;
  if (mine && mine != &capture) {
    capture.broken = true;
    return Break(stream, cuda::kCaptureMerge);
  }
  if (capture.broken) return cuda::kInvalidValue;
  Nodes& ends = capture.ends[stream];
  ends = Union(ends, recorded->second.nodes);
  return cuda::kSuccess;
}

void StreamCaptures::ForgetStream(cuda::Stream stream) {
  Capture* capture = Find(stream);
  if (!capture) return;
  if (capture->origin == stream) {
    captures_.erase(uint64_t{capture->id});
    return;
  }
  capture->orphans = Union(capture->orphans, capture->ends.at(stream));
  capture->ends.erase(stream);
}

int StreamCaptures::BreakAll(int error) {
  for (auto& [_, capture] : captures_) capture.broken = true;
  return error;
}

int StreamCaptures::Break(cuda::Stream stream, int error) {
  if (Capture* capture = Find(stream)) capture->broken = true;
  return error;
}

int StreamCaptures::Unsafe() {
  int error = cuda::kSuccess;
  for (auto& [_, capture] : captures_) {
    const bool ours = capture.thread == std::this_thread::get_id();
    if (capture.mode == cuda::kGlobalCapture ||
        (capture.mode == cuda::kThreadCapture && ours)) {
      capture.broken = true;
      error = cuda::kCaptureUnsupported;
    }
  }
  return error;
}

}  // namespace kernelevolve::worker
