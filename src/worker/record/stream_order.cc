#include "worker/record/stream_order.h"

#include <algorithm>
#include <map>
#include <string>

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

Failure Escape(const std::string& why) {
  return {Code::kAsyncEscape, why, "record", ""};
}

}  // namespace

std::optional<Failure> CheckStreams(const std::vector<PlanOp>& ops) {
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
        return Failure{Code::kContract,
                       format("stream {} waits for an event before it is recorded",
                              stream), "record", ""};
      Learn(known, recorded->second);
      continue;
    }
    if (!known.contains(0))
      return Escape(format("stream {} is not started by an event of the call's "
                           "stream: its work may run before the call, or after it",
                           stream));
    const size_t step = ++known[stream];
    if (event)
      events[event->event] = known;
    else
      work[stream] = step;
  }
  for (const auto& [stream, step] : work)
    if (streams[0][stream] < step)
      return Escape(format("the call's stream does not wait for the end of stream "
                           "{}: its work may go on after the call", stream));
  return std::nullopt;
}

}  // namespace kernelevolve::worker
