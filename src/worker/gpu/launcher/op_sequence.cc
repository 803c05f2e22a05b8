#include "worker/gpu/launcher/op_sequence.h"

#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr int kMostStreams = 64;
// Copies of what is aligned so are fast.
constexpr size_t kStagingStep = 256;

tl::unexpected<CudaError> Refuse(std::string what) {
  return tl::unexpected<CudaError>(
      CudaError{kCudaInvalidValue, std::move(what)});
}

tl::unexpected<CudaError> NoBuffer(const BufferPlace& place) {
  return Refuse(place.buffer.ToString() + " does not exist");
}

}  // namespace

CudaStatus StreamSet::Reach(int index) {
  if (index < 0 || index >= kMostStreams)
    return Refuse(format("the plan uses stream {}", index));
  while (streams_.size() <= static_cast<size_t>(index)) {
    ASSIGN_OR_RETURN_CUDA(Stream stream, MakeStream(driver_));
    streams_.push_back(std::move(stream));
  }
  return {};
}

Cuda<OpSequence> OpSequence::Prepare(const std::vector<PlanOp>& ops,
                                     const Context& context) {
  OpSequence sequence;
  for (const PlanOp& op : ops)
    RETURN_IF_CUDA_ERROR(std::visit(
        [&](const auto& one) { return sequence.Add(one, context); }, op));
  RETURN_IF_CUDA_ERROR(sequence.Stage(context.driver));
  RETURN_IF_CUDA_ERROR(context.streams.Reach(0));
  for (const Step& step : sequence.steps_) {
    RETURN_IF_CUDA_ERROR(context.streams.Reach(step.stream));
    if (step.stream != 0) sequence.joins_[step.stream];
  }
  RETURN_IF_CUDA_ERROR(sequence.MakeJoins(context.driver));
  return sequence;
}

CudaStatus OpSequence::Stage(const Driver& driver) {
  if (written_.empty()) return {};
  CuAddress address = 0;
  RETURN_IF_CUDA(driver.MemAlloc(&address, written_.size()),
                 "memory for values of the plan");
  staged_ = Allocation(driver, address);
  RETURN_IF_CUDA(driver.MemcpyHtoD(address, written_.data(), written_.size()),
                 "values of the plan");
  // The copy may still be on its way, and our streams wait for no other.
  RETURN_IF_CUDA(driver.CtxSynchronize(), "values of the plan");
  return {};
}

CudaStatus OpSequence::MakeJoins(const Driver& driver) {
  if (joins_.empty()) return {};
  ASSIGN_OR_RETURN_CUDA(fork_, MakeEvent(driver, kEventDisableTiming));
  for (auto& [stream, event] : joins_) {
    ASSIGN_OR_RETURN_CUDA(event, MakeEvent(driver, kEventDisableTiming));
  }
  return {};
}

CudaStatus OpSequence::Add(const LaunchOp& op, const Context& context) {
  ASSIGN_OR_RETURN_CUDA(PreparedLaunch launch,
                        PreparedLaunch::Prepare(op, context.modules,
                                                context.buffers, context.maps));
  // Never the sequence's first: what is before that is not the plan's, but the
  // clock's or the call before it.
  if (op.programmatic && EndsInLaunch(op.stream)) launch.OverlapPrevious();
  steps_.push_back({op.stream, std::move(launch)});
  return {};
}

// Whether nothing stands between a stream's end and its last launch.
bool OpSequence::EndsInLaunch(int stream) const {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (step->stream != stream) continue;
    const auto* mark = std::get_if<Mark>(&step->work);
    if (!mark || mark->wait)
      return std::holds_alternative<PreparedLaunch>(step->work);
  }
  return false;
}

CudaStatus OpSequence::Add(const MemsetOp& op, const Context& context) {
  const auto to = context.buffers.Find(op.to);
  if (!to) return NoBuffer(op.to);
  if (op.width != 1 && op.width != 2 && op.width != 4)
    return Refuse("a fill with elements of an unknown width");
  if (op.bytes > 0)
    steps_.push_back({op.stream, Fill{*to, op.bytes, op.value, op.width, op.rows,
                                      op.pitch}});
  return {};
}

CudaStatus OpSequence::Add(const CopyOp& op, const Context& context) {
  const auto to = context.buffers.Find(op.to);
  if (!to) return NoBuffer(op.to);
  const auto from = context.buffers.Find(op.from);
  if (!from) return NoBuffer(op.from);
  if (op.bytes > 0)
    steps_.push_back({op.stream, Copy{*to, *from, op.bytes, op.rows, op.to_pitch,
                                      op.from_pitch}});
  return {};
}

CudaStatus OpSequence::Add(const WriteOp& op, const Context& context) {
  const auto to = context.buffers.Find(op.to);
  if (!to) return NoBuffer(op.to);
  std::vector<uint8_t> bytes = op.bytes;
  RETURN_IF_CUDA_ERROR(PatchBytes(op.pointers, op.maps, context.buffers,
                                  context.maps, op.to.buffer.ToString(), &bytes));
  if (bytes.empty()) return {};
  written_.resize((written_.size() + kStagingStep - 1) / kStagingStep *
                  kStagingStep);
  steps_.push_back({op.stream, Write{*to, written_.size(), bytes.size()}});
  written_.insert(written_.end(), bytes.begin(), bytes.end());
  return {};
}

CudaStatus OpSequence::Add(const EventOp& op, const Context& context) {
  Event& event = events_[op.event];
  if (!event) {
    ASSIGN_OR_RETURN_CUDA(event,
                          MakeEvent(context.driver, kEventDisableTiming));
  }
  steps_.push_back({op.stream, Mark{op.event, op.wait}});
  return {};
}

CudaStatus OpSequence::Issue(const Driver& driver, const StreamSet& streams) {
  recorded_.clear();
  RETURN_IF_CUDA_ERROR(Fork(driver, streams));
  for (Step& step : steps_)
    RETURN_IF_CUDA_ERROR(std::visit(
        [&](auto& work) { return Do(work, driver, streams.at(step.stream)); },
        step.work));
  return Join(driver, streams);
}

CudaStatus OpSequence::Fork(const Driver& driver, const StreamSet& streams) {
  if (joins_.empty()) return {};
  RETURN_IF_CUDA(driver.EventRecord(fork_.get(), streams.at(0)), "a fork");
  for (const auto& [stream, event] : joins_)
    RETURN_IF_CUDA(driver.StreamWaitEvent(streams.at(stream), fork_.get(), 0),
                   "a fork");
  return {};
}

CudaStatus OpSequence::Join(const Driver& driver, const StreamSet& streams) {
  for (const auto& [stream, event] : joins_) {
    RETURN_IF_CUDA(driver.EventRecord(event.get(), streams.at(stream)),
                   "a join");
    RETURN_IF_CUDA(driver.StreamWaitEvent(streams.at(0), event.get(), 0),
                   "a join");
  }
  return {};
}

CudaStatus OpSequence::Do(PreparedLaunch& launch, const Driver& driver,
                          CuStream stream) {
  return launch.Issue(driver, stream);
}

CudaStatus OpSequence::FillRows(const Fill& fill, uint64_t count,
                                const Driver& driver, CuStream stream) {
  const CuResult code =
      fill.width == 1
          ? driver.MemsetD2D8Async(fill.to, fill.pitch,
                                   static_cast<uint8_t>(fill.value), count,
                                   fill.rows, stream)
      : fill.width == 2
          ? driver.MemsetD2D16Async(fill.to, fill.pitch,
                                    static_cast<uint16_t>(fill.value), count,
                                    fill.rows, stream)
          : driver.MemsetD2D32Async(fill.to, fill.pitch, fill.value, count,
                                    fill.rows, stream);
  RETURN_IF_CUDA(code,
                 format("a fill of {} rows of {} bytes", fill.rows, fill.bytes));
  return {};
}

CudaStatus OpSequence::Do(const Fill& fill, const Driver& driver,
                          CuStream stream) {
  const uint64_t count = fill.bytes / static_cast<uint64_t>(fill.width);
  if (fill.rows > 1) return FillRows(fill, count, driver, stream);
  const CuResult code =
      fill.width == 1
          ? driver.MemsetD8Async(fill.to, static_cast<uint8_t>(fill.value),
                                 count, stream)
      : fill.width == 2
          ? driver.MemsetD16Async(fill.to, static_cast<uint16_t>(fill.value),
                                  count, stream)
          : driver.MemsetD32Async(fill.to, fill.value, count, stream);
  RETURN_IF_CUDA(code, format("a fill of {} bytes", fill.bytes));
  return {};
}

CudaStatus OpSequence::Do(const Copy& copy, const Driver& driver,
                          CuStream stream) {
  if (copy.rows > 1) {
    CuMemcpy2D rows{};
    rows.from_type = rows.to_type = kMemoryTypeDevice;
    rows.from = copy.from;
    rows.from_pitch = copy.from_pitch;
    rows.to = copy.to;
    rows.to_pitch = copy.to_pitch;
    rows.bytes = copy.bytes;
    rows.rows = copy.rows;
    RETURN_IF_CUDA(driver.Memcpy2DAsync(&rows, stream),
                   format("a copy of {} rows of {} bytes", copy.rows, copy.bytes));
    return {};
  }
  RETURN_IF_CUDA(driver.MemcpyDtoDAsync(copy.to, copy.from, copy.bytes, stream),
                 format("a copy of {} bytes", copy.bytes));
  return {};
}

CudaStatus OpSequence::Do(const Write& write, const Driver& driver,
                          CuStream stream) {
  return Do(Copy{write.to, staged_.get() + write.at, write.bytes}, driver, stream);
}

CudaStatus OpSequence::Do(const Mark& mark, const Driver& driver,
                          CuStream stream) {
  const CuEvent event = events_.at(mark.event).get();
  if (!mark.wait) {
    RETURN_IF_CUDA(driver.EventRecord(event, stream), "recording an event");
    recorded_.insert(mark.event);
    return {};
  }
  // An event of an earlier call says nothing: that call is over. Waiting for it
  // would end a capture.
  if (!recorded_.count(mark.event)) return {};
  RETURN_IF_CUDA(driver.StreamWaitEvent(stream, event, 0),
                 "waiting for an event");
  return {};
}

}  // namespace kernelevolve::worker::gpu
