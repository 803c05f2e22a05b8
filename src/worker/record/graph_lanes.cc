#include "worker/record/graph_lanes.h"

#include <optional>
#include <set>

namespace kernelevolve::worker {
namespace {

class Layout {
 public:
  explicit Layout(const GraphSteps& steps)
      : steps_(steps), lane_of_(steps.size()), events_(steps.size()),
        awaited_(steps.size()) {}

  std::vector<RawOp> Run() {
    for (size_t i = 0; i < steps_.size(); ++i) ChooseLane(i);
    MarkAwaited();
    if (forks_) Record(0, &fork_);
    for (size_t i = 0; i < steps_.size(); ++i) Emit(i);
    Join();
    return std::move(ops_);
  }

 private:
  using MaybeEvent = std::optional<int>;

  // Goes on where a step ends that it waits for; otherwise begins a lane, or
  // shares one if there are too many.
  void ChooseLane(size_t index) {
    const GraphStep& step = steps_[index];
    int lane = static_cast<int>(tails_.size());
    for (const size_t before : step.after)
      if (tails_[lane_of_[before]] == before) {
        lane = lane_of_[before];
        break;
      }
    if (lane >= kMostLanes)
      lane = step.after.empty() ? static_cast<int>(index % kMostLanes)
                                : lane_of_[step.after.front()];
    if (lane == static_cast<int>(tails_.size())) tails_.push_back(index);
    tails_[lane] = index;
    lane_of_[index] = lane;
  }

  // Which steps need an event: they are waited for on another lane.
  void MarkAwaited() {
    for (size_t i = 0; i < steps_.size(); ++i) {
      forks_ |= steps_[i].after.empty() && lane_of_[i] != 0;
      for (const size_t before : steps_[i].after)
        if (lane_of_[before] != lane_of_[i]) awaited_[before] = true;
    }
    for (size_t lane = 1; lane < tails_.size(); ++lane)
      awaited_[tails_[lane]] = true;
  }

  void Emit(size_t index) {
    const GraphStep& step = steps_[index];
    const int lane = lane_of_[index];
    if (step.after.empty() && lane != 0) Wait(lane, *fork_);
    for (const size_t before : step.after)
      if (lane_of_[before] != lane) Wait(lane, *events_[before]);
    for (RawOp op : step.ops) {
      std::visit([&](auto& one) { one.stream = lane; }, op.op);
      ops_.push_back(std::move(op));
    }
    if (awaited_[index]) Record(lane, &events_[index]);
  }

  void Join() {
    for (size_t lane = 1; lane < tails_.size(); ++lane)
      Wait(0, *events_[tails_[lane]]);
  }

  void Record(int lane, MaybeEvent* event) {
    *event = next_event_++;
    ops_.push_back({EventOp{lane, **event, false}});
  }

  // Once is enough.
  void Wait(int lane, int event) {
    if (waits_.insert({lane, event}).second)
      ops_.push_back({EventOp{lane, event, true}});
  }

  const GraphSteps& steps_;
  std::vector<int> lane_of_;
  std::vector<MaybeEvent> events_;
  std::vector<bool> awaited_;
  std::vector<size_t> tails_;  // by lane: its last step so far
  std::set<std::pair<int, int>> waits_;
  MaybeEvent fork_;
  bool forks_ = false;
  int next_event_ = 0;
  std::vector<RawOp> ops_;
};

}  // namespace

std::vector<RawOp> LayOut(const GraphSteps& steps) {
  return Layout(steps).Run();
}

}  // namespace kernelevolve::worker
