#include "worker/record/graph_lanes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "worker/record/stream_order.h"

namespace kernelevolve::worker {
namespace {

GraphSteps StepsOf(const std::vector<std::vector<size_t>>& after) {
  GraphSteps steps;
  for (size_t i = 0; i < after.size(); ++i)
    steps.push_back({.kind = cuda::kFillNode,
                     .ops = {{MemsetOp{.bytes = i + 1}}}, .after = after[i]});
  return steps;
}

std::vector<PlanOp> Ops(const GraphSteps& steps) {
  std::vector<PlanOp> ops;
  for (const RawOp& op : LayOut(steps)) ops.push_back(op.op);
  return ops;
}

// By fill: the fills that are over when it begins, as streams and events say.
std::map<uint64_t, std::set<uint64_t>> Before(const std::vector<PlanOp>& ops) {
  std::map<int, std::set<uint64_t>> streams, events;
  std::map<uint64_t, std::set<uint64_t>> before;
  for (const PlanOp& op : ops) {
    if (const auto* fill = std::get_if<MemsetOp>(&op)) {
      before[fill->bytes] = streams[fill->stream];
      streams[fill->stream].insert(fill->bytes);
    } else if (const auto& event = std::get<EventOp>(op); event.wait) {
      streams[event.stream].merge(std::set<uint64_t>(events.at(event.event)));
    } else {
      events[event.event] = streams[event.stream];
    }
  }
  return before;
}

TEST(GraphLanesTest, AChainIsOneStreamWithoutEvents) {
  const auto ops = Ops(StepsOf({{}, {0}, {1}}));
  ASSERT_EQ(ops.size(), 3u);
  for (const PlanOp& op : ops) EXPECT_EQ(std::get<MemsetOp>(op).stream, 0);
}

TEST(GraphLanesTest, BranchesAreForkedAndJoined) {
  const auto ops = Ops(StepsOf({{}, {0}, {0}, {1, 2}}));
  EXPECT_FALSE(CheckStreams(ops));
  EXPECT_EQ(std::get<MemsetOp>(ops[0]).stream, 0);
  auto before = Before(ops);
  EXPECT_EQ(before[2], (std::set<uint64_t>{1}));
  EXPECT_EQ(before[3], (std::set<uint64_t>{1}));  // beside the other branch
  EXPECT_EQ(before[4], (std::set<uint64_t>{1, 2, 3}));
}

TEST(GraphLanesTest, AGraphOfNothingIsNothing) {
  EXPECT_TRUE(LayOut({}).empty());
  EXPECT_TRUE(LayOut({GraphStep{}}).empty());
}

TEST(GraphLanesTest, AnyGraphKeepsItsOrderAndHangsTogether) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const size_t count = 1 + random() % 60;
    std::vector<std::vector<size_t>> after(count);
    for (size_t i = 1; i < count; ++i)
      for (size_t before = 0; before < i; ++before)
        if (random() % (1 + static_cast<size_t>(round) % 30) == 0)
          after[i].push_back(before);
    GraphSteps steps = StepsOf(after);
    for (GraphStep& step : steps)
      if (random() % 5 == 0) step.ops.clear();
    const auto ops = Ops(steps);
    const auto failed = CheckStreams(ops);
    ASSERT_FALSE(failed) << failed->message;
    std::vector<std::set<uint64_t>> wanted(count);  // through empty steps, too
    const auto before = Before(ops);
    for (size_t i = 0; i < count; ++i) {
      for (const size_t one : after[i]) {
        wanted[i].merge(std::set<uint64_t>(wanted[one]));
        if (!steps[one].ops.empty()) wanted[i].insert(one + 1);
      }
      if (steps[i].ops.empty()) continue;
      const auto& done = before.at(i + 1);
      ASSERT_TRUE(std::ranges::includes(done, wanted[i])) << "step " << i;
    }
    for (const PlanOp& op : ops)
      ASSERT_LT(std::visit([](const auto& one) { return one.stream; }, op),
                kMostLanes);
  }
}

}  // namespace
}  // namespace kernelevolve::worker
