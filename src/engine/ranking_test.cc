#include "engine/ranking.h"

#include <gtest/gtest.h>

#include "eval/testing/fake_evaluator.h"

namespace kernelevolve {
namespace {

Node MakeNode(NodeId id, double speedup, double error) {
  Node node;
  node.id = id;
  node.candidate.source = std::to_string(id);
  node.evaluation = speedup > 0 ? FakeAccepted(speedup, error)
                                : FakeRejected(Code::kWrongOutput);
  node.fitness = speedup;
  return node;
}

std::vector<NodeId> Ranked(const std::deque<Node>& nodes) {
  std::vector<NodeId> ids;
  for (const RankedNode& ranked : RankNodes(nodes)) ids.push_back(ranked.node);
  return ids;
}

TEST(Ranking, OrdersAcceptedNodesBySpeedup) {
  EXPECT_EQ(Ranked({MakeNode(1, 2, 0.01), MakeNode(2, 0, 0),
                    MakeNode(3, 4, 0.01), MakeNode(4, 3, 0.01)}),
            (std::vector<NodeId>{3, 4, 1}));
}

TEST(Ranking, ANoisyHighNumberCountsLessThanASureOne) {
  // 2.1 ± 40 % against 2.0 ± 1 %, among nodes around 1.5.
  EXPECT_EQ(Ranked({MakeNode(1, 2.1, 0.4), MakeNode(2, 2.0, 0.01),
                    MakeNode(3, 1.5, 0.01), MakeNode(4, 1.4, 0.01),
                    MakeNode(5, 1.2, 0.01)})
                .front(),
            2);
}

TEST(Ranking, EqualCandidatesCountOnce) {
  Node twin = MakeNode(2, 3, 0.01);
  twin.candidate.source = "1";
  EXPECT_EQ(Ranked({MakeNode(1, 3, 0.01), twin}), std::vector<NodeId>{1});
}

TEST(Ranking, OneNodeAndNoNodesAreFine) {
  EXPECT_TRUE(Ranked({}).empty());
  const auto one = RankNodes({MakeNode(1, 2, 0.1)});
  ASSERT_EQ(one.size(), 1u);
  EXPECT_NEAR(one[0].estimate, 2, 1e-12);
}

TEST(Ranking, ConfirmsFiveOrOnePerCent) {
  EXPECT_EQ(ConfirmCount(10), 5);
  EXPECT_EQ(ConfirmCount(500), 5);
  EXPECT_EQ(ConfirmCount(501), 6);
  EXPECT_EQ(ConfirmCount(10'000), 100);
}

}  // namespace
}  // namespace kernelevolve
