#include "worker/record/stream_order.h"

#include <algorithm>
#include <map>

#include "base/format.h"

namespace kernelevolve::worker {
namespace {

// By stream: how many of its steps are known to be done.
using Knowledge = std::map<int, size_t>;

void Learn(Knowledge& mine, const Knowledge& told) {
  for (const auto& [stream, steps] : told)
    mine[stream] = std::max(mine[stream], steps);
}

int StreamOf(const PlanOp& op) {
  return std::visit([](const auto& one) { return one.stream; }, op);
}

bool IsWait(const PlanOp& op) {
  const auto* event = std::get_if<EventOp>(&op);
  return event && event->wait;
}

}  // namespace

std::string ObjectToStreams(const std::vector<PlanOp>& ops) {
  std::map<int, Knowledge> streams, events;
  std::map<int, size_t> work;  // by stream: the last step that is no wait
  streams[0][0] = 0;
  for (const PlanOp& op : ops) {
    const int stream = StreamOf(op);
    Knowledge& known = streams[stream];
    const auto* event = std::get_if<EventOp>(&op);
    if (IsWait(op)) {
      const auto recorded = events.find(event->event);
      if (recorded == events.end())
        return format("stream {} waits for an event before it is recorded", stream);
      Learn(known, recorded->second);
      continue;
    }
    if (!known.contains(0))
      return format("stream {} is not started by an event of the call's stream",
                    stream);
    const size_t step = ++known[stream];
    if (event)
      events[event->event] = known;
    else
      work[stream] = step;
  }
  for (const auto& [stream, step] : work)
    if (streams[0][stream] < step)
      return format("the call's stream does not wait for the end of stream {}",
                    stream);
  return "";
}

}  // namespace kernelevolve::worker
