#include "search/language_mix.h"

#include <gtest/gtest.h>

#include "base/check.h"

namespace kernelevolve {
namespace {

TuneSpace UnrollSpace() {
  return *ParseTuneSpace("// ke:tune UNROLL = 1 in {1, 2, 4, 8}");
}

Outcome Working(NodeId node, double fitness) {
  return {node, fitness, 0.01, Code::kOk, UnrollSpace(), {{"UNROLL", "1"}}};
}

class LanguageMixTest : public testing::Test {
 protected:
  LanguageMixTest() {
    options_.drafts = 3;
    options_.policy = "greedy";
    options_.tune = false;
  }

  std::unique_ptr<Search> Make(const std::vector<std::string>& languages) {
    auto search = MakeSearch(options_, languages);
    CHECK(search.has_value());
    return *std::move(search);
  }

  // Judges so many steps with a fitness of its own for each language, which
  // rises by `gain` with every node; counts the steps of each.
  std::map<std::string, int> Run(Search& search, int steps,
                                 std::map<std::string, double> fitness,
                                 const std::map<std::string, double>& gain) {
    std::map<std::string, int> counts;
    for (int i = 0; i < steps; ++i) {
      const auto step = search.Ask();
      if (!step) break;
      ++counts[step->language];
      search.Tell(*step, Working(++last_, fitness[step->language]));
      fitness[step->language] *= gain.at(step->language);
    }
    return counts;
  }

  SearchOptions options_;
  NodeId last_ = 0;
};

TEST_F(LanguageMixTest, OneLanguageIsASearchWithoutAny) {
  const auto search = Make({"cpp"});
  EXPECT_EQ(search->Ask()->language, "");
  EXPECT_EQ(search->Report().policy, "greedy");
}

TEST_F(LanguageMixTest, EveryLanguageMakesItsDraftsInTurn) {
  const auto search = Make({"triton", "cuda"});
  std::vector<std::string> languages;
  for (int i = 0; i < 6; ++i) {
    const auto step = search->Ask();
    ASSERT_TRUE(step);
    EXPECT_EQ(step->kind, NodeKind::kDraft);
    EXPECT_EQ(step->draft_index, i / 2);
    languages.push_back(step->language);
  }
  EXPECT_EQ(languages, (std::vector<std::string>{"triton", "cuda", "triton",
                                                 "cuda", "triton", "cuda"}));
  EXPECT_EQ(search->Report().drafts, 0);  // none is told yet
}

TEST_F(LanguageMixTest, ChildrenAreOfTheirParentsLanguage) {
  const auto search = Make({"triton", "cuda"});
  std::map<NodeId, std::string> languages;
  for (NodeId node = 1; node <= 60; ++node) {
    const auto step = search->Ask();
    ASSERT_TRUE(step);
    if (step->parent > 0) {
      EXPECT_EQ(languages.at(step->parent), step->language);
    }
    languages[node] = step->language;
    search->Tell(*step, Working(node, step->language == "cuda" ? 2 : 1.5));
  }
}

TEST_F(LanguageMixTest, TheBetterLanguageGetsMoreAndTheOtherSome) {
  const auto search = Make({"triton", "cuda"});
  auto counts = Run(*search, 100, {{"triton", 1}, {"cuda", 4}},
                    {{"triton", 1}, {"cuda", 1}});
  EXPECT_GT(counts["cuda"], 2 * counts["triton"]);
  EXPECT_GT(counts["triton"], 8);  // its three drafts and more
}

TEST_F(LanguageMixTest, WhatStillGainsIsWorthItsSteps) {
  const auto search = Make({"triton", "cuda"});
  auto counts = Run(*search, 60, {{"triton", 1}, {"cuda", 2}},
                    {{"triton", 1.05}, {"cuda", 1}});
  EXPECT_GT(counts["triton"], counts["cuda"]);
}

TEST_F(LanguageMixTest, GoesOnAsItBeganAfterAResume) {
  const auto first = Make({"triton", "cuda"});
  std::vector<std::pair<Step, Outcome>> told;
  for (NodeId node = 1; node <= 30; ++node) {
    Step step = *first->Ask();
    const Outcome outcome = Working(node, step.language == "cuda" ? 3 : 1);
    first->Tell(step, outcome);
    step.ticket = 0;
    told.push_back({step, outcome});
  }
  const auto resumed = Make({"triton", "cuda"});
  for (const auto& [step, outcome] : told) resumed->Tell(step, outcome);
  EXPECT_EQ(resumed->Ask()->language, first->Ask()->language);
  EXPECT_EQ(resumed->Report().drafts, first->Report().drafts);
  EXPECT_EQ(resumed->Report().best, first->Report().best);
}

TEST_F(LanguageMixTest, ALanguageWithoutRecipesLeavesItsShareToTheOther) {
  const auto search = Make({"triton", "cuda"});
  NodeId node = 0;
  for (int i = 0; i < 60; ++i) {
    const auto step = search->Ask();
    ASSERT_TRUE(step);
    if (step->language == "triton")
      search->Abandon(*step);
    else
      search->Tell(*step, Working(++node, 2));
  }
  EXPECT_GT(node, 40);
  search->Correct(node, 0);
  EXPECT_EQ(search->Report().policy, "greedy over triton and cuda");
}

TEST_F(LanguageMixTest, AnUnknownPolicyIsRefused) {
  options_.policy = "mtcs";
  EXPECT_FALSE(MakeSearch(options_, {"triton", "cuda"}));
}

}  // namespace
}  // namespace kernelevolve
