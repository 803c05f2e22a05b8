#include "search/structure_tree.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

TEST(StructureTree, CountsEveryVisitOnThePathToTheRoot) {
  StructureTree tree;
  const StructureId a = tree.Add(1, 0, 2.0);
  const StructureId b = tree.Add(2, a, 0);  // failed, yet a visit
  tree.Add(3, 0, 1.0);
  EXPECT_EQ(tree[b].visits, 1);
  EXPECT_EQ(tree[a].visits, 2);
  EXPECT_EQ(tree.root().visits, 3);
  EXPECT_EQ(tree[b].depth, 2);
  EXPECT_DOUBLE_EQ(tree[a].fitness_sum, 2);
  EXPECT_DOUBLE_EQ(tree.root().fitness_sum, 3);
  EXPECT_DOUBLE_EQ(tree.best(), 2);
}

TEST(StructureTree, TuningRaisesAndCorrectionLowersWhatIsKnown) {
  StructureTree tree;
  const StructureId a = tree.Add(1, 0, 2.0);
  const StructureId b = tree.Add(2, a, 3.0);
  tree.SetFitness(b, 7, 5.0);
  EXPECT_EQ(tree[b].best_node, 7);
  EXPECT_DOUBLE_EQ(tree[a].best, 5);
  EXPECT_DOUBLE_EQ(tree.best(), 5);
  tree.SetFitness(b, 2, 0);
  EXPECT_DOUBLE_EQ(tree[a].best, 2);
  EXPECT_DOUBLE_EQ(tree.best(), 2);
  EXPECT_DOUBLE_EQ(tree.root().fitness_sum, 2);
}

TEST(StructureTree, WhatIsInFlightWeighsOnTheWholePath) {
  StructureTree tree;
  const StructureId a = tree.Add(1, 0, 2.0);
  tree.Start(a);
  tree.Start(a);
  EXPECT_EQ(tree[a].Children(), 2);
  EXPECT_EQ(tree.root().subtree_in_flight, 2);
  EXPECT_EQ(tree.root().in_flight, 0);
  tree.Arrive(a);
  tree.Add(2, a, 1.0);
  tree.Abandon(a);
  EXPECT_EQ(tree[a].Children(), 1);
  EXPECT_EQ(tree.root().subtree_in_flight, 0);
}

TEST(StructureTree, ClosesAPlaceThatYieldsNothingSeveralTimesInARow) {
  StructureTree tree;
  const StructureId a = tree.Add(1, 0, 2.0);
  const auto fail = [&] {
    tree.Start(a);
    tree.Abandon(a);
  };
  for (int i = 1; i < StructureTree::kGiveUpAfter; ++i) fail();
  EXPECT_FALSE(tree[a].closed);
  tree.Start(a);
  tree.Arrive(a);  // one success, and the count starts again
  for (int i = 1; i < StructureTree::kGiveUpAfter; ++i) fail();
  EXPECT_FALSE(tree[a].closed);
  EXPECT_EQ(tree.root().open, 2);
  fail();
  EXPECT_TRUE(tree[a].closed);
  EXPECT_EQ(tree[a].open, 0);
  EXPECT_EQ(tree.root().open, 1);
}

}  // namespace
}  // namespace kernelevolve
