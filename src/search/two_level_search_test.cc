#include <gtest/gtest.h>

#include <set>

#include "base/check.h"
#include "search/search.h"
#include "search/testing/world_run.h"

namespace kernelevolve {
namespace {

std::unique_ptr<Search> Make(const SearchOptions& options) {
  Result<std::unique_ptr<Search>> search = MakeSearch(options);
  CHECK(search.has_value());
  return *std::move(search);
}

TuneSpace UnrollSpace() {
  return *ParseTuneSpace("// ke:tune UNROLL = 1 in {1, 2, 4, 8}");
}

Outcome Working(NodeId node, double fitness, const std::string& unroll = "1") {
  return {node, fitness, 0.01, Code::kOk, UnrollSpace(), {{"UNROLL", unroll}}};
}

Outcome Failed(NodeId node) {
  return {node, 0, 0, Code::kWrongOutput, UnrollSpace(), {{"UNROLL", "1"}}};
}

bool SameStep(const Step& a, const Step& b) {
  return a.ticket == b.ticket && a.kind == b.kind && a.parent == b.parent &&
         a.draft_index == b.draft_index && a.parameters == b.parameters &&
         a.seed == b.seed;
}

TEST(MakeSearch, AnUnknownPolicyIsToldTheKnownOnes) {
  SearchOptions options;
  options.policy = "mtcs";
  const auto search = MakeSearch(options);
  ASSERT_FALSE(search.has_value());
  EXPECT_EQ(search.error().code, ErrorCode::kBadInput);
  for (const std::string& name : PolicyNames())
    EXPECT_NE(search.error().message.find(name), std::string::npos);
}

TEST(TwoLevelSearch, BeginsWithItsDraftsWhateverComesBack) {
  SearchOptions options;
  options.drafts = 4;
  const auto search = Make(options);
  for (int i = 0; i < 4; ++i) {
    const auto step = search->Ask();
    ASSERT_TRUE(step.has_value());
    EXPECT_EQ(step->kind, NodeKind::kDraft);
    EXPECT_EQ(step->draft_index, i);
    EXPECT_EQ(step->ticket, i + 1);
    EXPECT_EQ(step->parent, 0);
    search->Tell(*step, i == 0 ? Working(1, 3.0) : Failed(i + 1));
  }
  EXPECT_NE(search->Ask()->parent, 0);
}

TEST(TwoLevelSearch, TunesAndExpandsFromTheBestValuesKnown) {
  SearchOptions options;
  options.drafts = 1;
  options.policy = "greedy";
  const auto search = Make(options);
  search->Tell(*search->Ask(), Working(1, 2.0));
  NodeId best = 1;
  double fitness = 2;
  std::set<NodeKind> kinds;
  for (NodeId node = 2; node <= 7; ++node) {
    const auto step = search->Ask();
    ASSERT_TRUE(step.has_value());
    kinds.insert(step->kind);
    EXPECT_EQ(step->parent, best);
    if (step->kind == NodeKind::kTune) {
      fitness += 1;
      best = node;
      search->Tell(*step,
                   Working(node, fitness, step->parameters.at("UNROLL")));
    } else {
      search->Tell(*step, Failed(node));
    }
  }
  EXPECT_EQ(kinds, (std::set{NodeKind::kExpand, NodeKind::kTune}));
}

TEST(TwoLevelSearch, ALaterRejectionTakesTheLeadAway) {
  SearchOptions options;
  options.drafts = 2;
  options.policy = "greedy";
  options.tune = false;
  const auto search = Make(options);
  const Step first = *search->Ask(), second = *search->Ask();
  search->Tell(first, Working(1, 9.0));
  search->Tell(second, Working(2, 4.0));
  EXPECT_EQ(search->Report().best, 1);
  search->Correct(1, 0);
  EXPECT_EQ(search->Report().best, 2);
  EXPECT_EQ(search->Report().best_fitness, 4);
  EXPECT_EQ(search->Ask()->parent, 2);
}

TEST(TwoLevelSearch, ACorrectedTuningLeavesTheStructuresOtherValues) {
  SearchOptions options;
  options.drafts = 1;
  const auto search = Make(options);
  search->Tell(*search->Ask(), Working(1, 2.0));
  std::optional<Step> step = search->Ask();
  while (step->kind != NodeKind::kTune) {
    search->Abandon(*step);
    step = search->Ask();
  }
  search->Tell(*step, Working(2, 5.0, step->parameters.at("UNROLL")));
  EXPECT_EQ(search->Report().best, 2);
  search->Correct(2, 0);
  EXPECT_EQ(search->Report().best, 1);
}

TEST(TwoLevelSearch, StartsFromTheUsersKernelIfThereIsOne) {
  SearchOptions options;
  options.drafts = 0;
  const auto search = Make(options);
  Step seed;
  seed.kind = NodeKind::kSeed;
  search->Tell(seed, Working(1, 1.0));
  for (int i = 0; i < 3; ++i) {
    const auto step = search->Ask();
    ASSERT_TRUE(step.has_value());
    EXPECT_EQ(step->kind == NodeKind::kDraft ? 0 : 1, step->parent);
  }
}

TEST(TwoLevelSearch, RunsDryWhenNothingNewComesFromAnywhere) {
  for (const std::string& policy : PolicyNames()) {
    SearchOptions options;
    options.policy = policy;
    options.drafts = 3;
    const auto search = Make(options);
    search->Tell(*search->Ask(), Working(1, 1.0));
    int steps = 0;
    NodeId node = 2;
    while (const auto step = search->Ask()) {
      ASSERT_LT(++steps, 100) << policy;
      if (step->kind == NodeKind::kTune)
        search->Tell(*step,
                     Working(node++, 1.0, step->parameters.at("UNROLL")));
      else
        search->Abandon(*step);
    }
    EXPECT_EQ(search->Report().tunings, 3) << policy;  // of 4 values
  }
}

TEST(TwoLevelSearch, WithoutTuningOnlyStructuresAreTried) {
  SearchOptions options;
  options.tune = false;
  const auto search = Make(options);
  for (NodeId node = 1; node <= 30; ++node) {
    const auto step = search->Ask();
    ASSERT_NE(step->kind, NodeKind::kTune);
    search->Tell(*step, Working(node, static_cast<double>(node)));
  }
}

class EverySearch : public testing::TestWithParam<std::string> {
 protected:
  SearchOptions Options(uint64_t seed = 3) const {
    SearchOptions options;
    options.policy = GetParam();
    options.seed = seed;
    return options;
  }
  GeneratedWorld world_{WorldOptions{}};
};

INSTANTIATE_TEST_SUITE_P(Policies, EverySearch,
                         testing::ValuesIn(PolicyNames()),
                         [](const auto& name) {
                           std::string text = name.param;
                           std::erase(text, '-');
                           return text;
                         });

TEST_P(EverySearch, SameSeedSameSteps) {
  const auto a = Make(Options()), b = Make(Options()), c = Make(Options(4));
  const auto first = RunOnWorld(*a, world_, {150, 4, 9});
  const auto again = RunOnWorld(*b, world_, {150, 4, 9});
  const auto other = RunOnWorld(*c, world_, {150, 4, 9});
  ASSERT_EQ(first.size(), again.size());
  bool differs = first.size() != other.size();
  for (size_t i = 0; i < first.size(); ++i) {
    ASSERT_TRUE(SameStep(first[i].step, again[i].step)) << i;
    differs = differs || !SameStep(first[i].step, other[i].step);
  }
  EXPECT_TRUE(differs);
}

TEST_P(EverySearch, NeverTunesToValuesItHasTried) {
  const auto search = Make(Options());
  const auto nodes = RunOnWorld(*search, world_, {200, 4, 1});
  std::set<std::string> keys;
  for (const WorldNode& node : nodes)
    EXPECT_TRUE(keys.insert(GeneratedWorld::Key(node.candidate)).second);
}

// What --resume does: a fresh search is told the recorded nodes.
TEST_P(EverySearch, ToldTheRecordedNodesItKnowsWhatTheFirstKnew) {
  const auto first = Make(Options());
  const auto nodes = RunOnWorld(*first, world_, {80, 1, 1});
  const auto resumed = Make(Options());
  for (const WorldNode& node : nodes) {
    Step step;
    step.kind = node.step.kind;
    step.parent = node.step.parent;
    step.draft_index = node.step.draft_index;
    resumed->Tell(step, {node.id, node.fitness, 0, Code::kOk, world_.space(),
                         node.candidate.parameters});
  }
  EXPECT_EQ(resumed->Report().best, first->Report().best);
  EXPECT_EQ(resumed->Report().drafts, first->Report().drafts);
  EXPECT_EQ(resumed->Report().tunings, first->Report().tunings);
  const auto next = resumed->Ask();
  ASSERT_TRUE(next.has_value());
  for (const WorldNode& node : nodes) EXPECT_NE(next->seed, node.step.seed);
}

TEST(TwoLevelSearch, AResumedDraftPhaseTakesTheIndicesThatAreMissing) {
  SearchOptions options;
  options.drafts = 4;
  const auto search = Make(options);
  for (const int index : {0, 2}) {
    Step step;
    step.draft_index = index;
    search->Tell(step, Working(index + 1, 1.0));
  }
  EXPECT_EQ(search->Ask()->draft_index, 1);
  EXPECT_EQ(search->Ask()->draft_index, 3);
  EXPECT_EQ(search->Report().drafts, 2);
}

}  // namespace
}  // namespace kernelevolve
