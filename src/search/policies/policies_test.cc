#include <gtest/gtest.h>

#include "search/policies/beam.h"
#include "search/policies/chain.h"
#include "search/policies/greedy.h"
#include "search/policies/mcts.h"
#include "search/policies/policy.h"

namespace kernelevolve {
namespace {

void Close(StructureTree& tree, StructureId place) {
  while (!tree[place].closed) {
    tree.Start(place);
    tree.Abandon(place);
  }
}

class EveryPolicy : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Policy> policy_ = MakePolicy(GetParam());
  StructureTree tree_;
};

INSTANTIATE_TEST_SUITE_P(Policies, EveryPolicy,
                         testing::ValuesIn(PolicyNames()),
                         [](const auto& name) {
                           std::string text = name.param;
                           std::erase(text, '-');
                           return text;
                         });

TEST_P(EveryPolicy, DraftsWhenThereIsNothing) {
  EXPECT_EQ(policy_->Choose(tree_), 0);
}

TEST_P(EveryPolicy, NeverChoosesAClosedPlaceAndEndsWithTheLast) {
  tree_.Add(1, 0, 2.0);
  tree_.Add(2, 1, 3.0);
  tree_.Add(3, 0, 0);
  tree_.Add(4, 2, 1.0);
  int places = 0;
  while (const auto place = policy_->Choose(tree_)) {
    ASSERT_FALSE(tree_[*place].closed);
    Close(tree_, *place);
    ASSERT_LE(++places, 5);
  }
  EXPECT_TRUE(tree_.root().closed);
}

TEST(Policies, AnUnknownNameHasNone) {
  EXPECT_EQ(MakePolicy("gredy"), nullptr);
}

TEST(Greedy, TakesTheBestThatIsOpen) {
  StructureTree tree;
  tree.Add(1, 0, 2.0);
  tree.Add(2, 0, 5.0);
  tree.Add(3, 1, 3.0);
  EXPECT_EQ(Greedy().Choose(tree), 2);
  Close(tree, 2);
  EXPECT_EQ(Greedy().Choose(tree), 3);
}

TEST(Greedy, DraftsAgainWhileNothingWorks) {
  StructureTree tree;
  tree.Add(1, 0, 0);
  EXPECT_EQ(Greedy().Choose(tree), 0);
  Close(tree, 0);
  tree.Add(2, 0, 0);
  tree.Start(1);
  EXPECT_EQ(Greedy().Choose(tree), 2);  // the failure least worked on
}

TEST(Beam, SharesItselfAmongTheBestFew) {
  StructureTree tree;
  for (NodeId node = 1; node <= 6; ++node)
    tree.Add(node, 0, static_cast<double>(node));
  std::vector<int> begun(7, 0);
  for (int step = 0; step < 2 * Beam::kWidth; ++step) {
    const auto place = Beam().Choose(tree);
    ASSERT_TRUE(place.has_value());
    tree.Start(*place);
    ++begun[static_cast<size_t>(*place)];
  }
  EXPECT_EQ(begun, (std::vector<int>{0, 0, 0, 2, 2, 2, 2}));
}

TEST(Chain, WaitsForTheLastLink) {
  StructureTree tree;
  tree.Add(1, 0, 5.0);
  tree.Add(2, 1, 3.0);
  EXPECT_EQ(Chain().Choose(tree), 2);
  tree.Start(2);
  EXPECT_EQ(Chain().Choose(tree), std::nullopt);
}

TEST(Chain, ReturnsToItsBestAfterFailuresInARow) {
  StructureTree tree;
  StructureId last = tree.Add(1, 0, 5.0);
  for (int i = 1; i <= Chain::kFailuresInRow; ++i) {
    EXPECT_EQ(Chain().Choose(tree), last);
    last = tree.Add(1 + i, last, 0);
  }
  EXPECT_EQ(Chain().Choose(tree), 1);
}

// Expands wherever the policy says. Every child is worth as much as the draft
// it comes from; later drafts fail. Answers the steps spent below each draft,
// with all later ones at 0.
std::vector<int> SpreadOver(const Policy& policy, StructureTree& tree,
                            int steps, const std::vector<double>& fitness) {
  std::vector<int> begun(fitness.size() + 1, 0);
  for (int step = 0; step < steps; ++step) {
    const StructureId place = *policy.Choose(tree);
    StructureId top = place;
    while (top != 0 && tree[top].parent != 0) top = tree[top].parent;
    if (top >= static_cast<StructureId>(begun.size())) top = 0;
    ++begun[static_cast<size_t>(top)];
    tree.Add(100 + step, place,
             top == 0 ? 0 : fitness[static_cast<size_t>(top) - 1]);
  }
  return begun;
}

TEST(Mcts, GivesTheBetterSubtreeMoreAndTheOthersSome) {
  StructureTree tree;
  const std::vector<double> fitness = {1, 4, 2};
  for (size_t i = 0; i < fitness.size(); ++i)
    tree.Add(static_cast<NodeId>(i) + 1, 0, fitness[i]);
  MctsOptions options;
  options.exploration = 0.5;
  const std::vector<int> begun = SpreadOver(Mcts(options), tree, 200, fitness);
  EXPECT_GT(begun[2], begun[3]);
  EXPECT_GT(begun[2], begun[1]);
  EXPECT_GT(begun[1], 0);
  EXPECT_GT(begun[3], 0);
}

TEST(Mcts, WidensEachPlaceWithItsVisits) {
  StructureTree tree;
  MctsOptions options;
  options.width = 1;
  const Mcts mcts(options);
  std::vector<size_t> root_children;
  for (NodeId node = 1; node <= 100; ++node) {
    tree.Add(node, *mcts.Choose(tree), 1.0);
    root_children.push_back(tree.root().children.size());
  }
  EXPECT_EQ(root_children[0], 1u);
  EXPECT_LE(root_children[99], 11u);  // ceil(sqrt(100)) and one for rounding
  EXPECT_GE(root_children[99], 9u);
}

TEST(Mcts, ParallelSlotsSpreadThroughVirtualLoss) {
  StructureTree tree;
  for (NodeId node = 1; node <= 4; ++node) tree.Add(node, 0, 2.0);
  MctsOptions options;
  options.width = 1;
  std::vector<StructureId> places;
  for (int slot = 0; slot < 4; ++slot) {
    const StructureId place = *Mcts(options).Choose(tree);
    for (const StructureId earlier : places) EXPECT_NE(place, earlier);
    places.push_back(place);
    tree.Start(place);
  }
}

TEST(Mcts, ChoosesTheSameAtAnyScaleOfSpeedups) {
  StructureTree small, large;
  for (NodeId node = 1; node <= 60; ++node) {
    const StructureId place = *Mcts().Choose(small);
    ASSERT_EQ(place, *Mcts().Choose(large));
    const double fitness = node % 5 ? 1.0 + static_cast<double>(node % 7) : 0;
    small.Add(node, place, fitness);
    large.Add(node, place, 1024 * fitness);
  }
}

}  // namespace
}  // namespace kernelevolve
