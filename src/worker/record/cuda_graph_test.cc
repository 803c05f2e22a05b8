#include "worker/record/cuda_graph.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

void* Handle(size_t index) { return reinterpret_cast<void*>(0x1000 + index); }

RawOp Fill(uint64_t bytes) { return {MemsetOp{.bytes = bytes}}; }

// Node i fills i + 1 bytes; `edges` are of indices.
CudaGraph GraphOf(size_t nodes,
                  const std::vector<std::pair<size_t, size_t>>& edges) {
  CudaGraph graph;
  for (size_t i = 0; i < nodes; ++i)
    EXPECT_TRUE(graph.Add({.handle = Handle(i), .kind = cuda::kFillNode,
                           .ops = {Fill(i + 1)}}));
  for (const auto& [from, to] : edges) EXPECT_TRUE(graph.Depend(from, to));
  return graph;
}

std::vector<void*> Names(const GraphSteps& steps) {
  std::vector<void*> names;
  for (const GraphStep& step : steps) names.push_back(step.handle);
  return names;
}

TEST(CudaGraphTest, StepsComeAfterThoseTheyWaitForThenInOrderOfCreation) {
  const auto steps = GraphOf(4, {{3, 0}, {2, 0}}).Flatten();
  ASSERT_TRUE(steps);
  EXPECT_EQ(Names(*steps), (std::vector<void*>{Handle(1), Handle(2), Handle(3),
                                               Handle(0)}));
  EXPECT_EQ((*steps)[3].after, (std::vector<size_t>{2, 1}));
}

TEST(CudaGraphTest, ACircleIsNoGraph) {
  EXPECT_FALSE(GraphOf(3, {{0, 1}, {1, 2}, {2, 1}}).Flatten());
  EXPECT_TRUE(CudaGraph().Flatten()->empty());
}

TEST(CudaGraphTest, EdgesAreOfTwoNodesAndOnce) {
  CudaGraph graph = GraphOf(2, {{0, 1}});
  EXPECT_FALSE(graph.Depend(0, 1));
  EXPECT_FALSE(graph.Depend(1, 1));
  void* const known[] = {Handle(1), Handle(0)};
  EXPECT_EQ(graph.FindAll(known), (std::vector<size_t>{0, 1}));
  void* const twice[] = {Handle(1), Handle(1)};
  EXPECT_FALSE(graph.FindAll(twice));
  void* const foreign[] = {Handle(7)};
  EXPECT_FALSE(graph.FindAll(foreign));
}

TEST(CudaGraphTest, AChildsStepsStandBetweenItsNeighbours) {
  const auto child =
      std::make_shared<GraphSteps>(*GraphOf(3, {{0, 1}}).Flatten());
  CudaGraph graph = GraphOf(1, {});
  ASSERT_TRUE(graph.Add({.handle = Handle(8), .kind = cuda::kChildNode,
                         .child = child, .after = {0}}));
  ASSERT_TRUE(graph.Add({.handle = Handle(9), .after = {1}}));
  const auto steps = graph.Flatten();
  ASSERT_TRUE(steps);
  // 0: the first; 1: the child begins; 2-4: its steps; 5: it ends; 6: the last.
  ASSERT_EQ(steps->size(), 7u);
  EXPECT_EQ((*steps)[1].after, (std::vector<size_t>{0}));
  EXPECT_EQ((*steps)[2].after, (std::vector<size_t>{1}));
  EXPECT_EQ((*steps)[3].after, (std::vector<size_t>{2}));
  EXPECT_EQ((*steps)[4].after, (std::vector<size_t>{1}));
  EXPECT_EQ((*steps)[5].after, (std::vector<size_t>{3, 4}));
  EXPECT_EQ((*steps)[6].after, (std::vector<size_t>{5}));
  EXPECT_EQ((*steps)[2].handle, nullptr);
}

TEST(CudaGraphTest, ChildrenOfChildrenDoNotGrowWithoutEnd) {
  CudaGraph graph = GraphOf(1, {});
  size_t doublings = 0;
  for (bool fits = true; fits; ++doublings) {
    const auto steps = std::make_shared<GraphSteps>(*graph.Flatten());
    EXPECT_LE(steps->size(), CudaGraph::kMostSteps);
    CudaGraph twice;
    for (size_t i = 0; i < 2; ++i)
      fits = twice.Add({.kind = cuda::kChildNode, .child = steps});
    graph = std::move(twice);
  }
  EXPECT_GT(doublings, 5u);
  EXPECT_LT(doublings, 13u);
}

}  // namespace
}  // namespace kernelevolve::worker
