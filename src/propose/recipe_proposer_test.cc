#include "propose/recipe_proposer.h"

#include <gtest/gtest.h>

#include <thread>

#include "knowledge/recipe_parser.h"
#include "knowledge/testing/tasks.h"

namespace kernelevolve {
namespace {

Recipe RowRecipe(const std::string& name, const std::string& extra,
                 const std::string& calls = "exp") {
  const auto recipe = ParseRecipe(
      "// ke:recipe " + name + "\n// ke:summary of " + name +
          "\n// ke:input x f32 [..., C]\n// ke:output y f32 [..., C]\n"
          "// ke:calls " +
          calls + "\n" + extra + "// ke:bindings\n",
      name, "cpp");
  EXPECT_TRUE(recipe) << recipe.error().message;
  return *recipe;
}

class RecipeProposerTest : public testing::Test {
 protected:
  RecipeProposerTest() : task_(MakeTask("x f32 r c", "y f32 r c")) {
    task_.reference_cpp = "reference.cc";
    task_.files["reference.cc"] = "y = exp(x);";
    target_.language = "cpp";
    target_.device = "native";
  }

  // One recipe of 2 × 3 options and one without any.
  static std::unique_ptr<RecipeProposer> MakeTwo() {
    return std::make_unique<RecipeProposer>(RecipeIndex(
        {RowRecipe("alpha",
                   "// ke:option A in {0, 1}\n// ke:option B in {0, 1, 2}\n"
                   "// ke:tune U = 1 in {1, 2, 4} when U <= 4 - B\n"),
         RowRecipe("beta", "")}));
  }

  ProposalRequest Request(uint64_t seed = 1) const {
    ProposalRequest request;
    request.task = &task_;
    request.target = &target_;
    request.seed = seed;
    return request;
  }

  std::optional<Proposal> Draft(RecipeProposer& proposer, int index) const {
    ProposalRequest request = Request();
    request.draft_index = index;
    const auto proposal = proposer.Propose(request, stop_);
    EXPECT_TRUE(proposal);
    return *proposal;
  }

  static Node NodeOf(const Proposal& proposal) {
    Node node;
    node.id = 1;
    node.candidate = proposal.candidate;
    node.origin = proposal.origin;
    return node;
  }

  std::optional<Proposal> Expand(RecipeProposer& proposer, const Node& parent,
                                 uint64_t seed = 1) const {
    ProposalRequest request = Request(seed);
    request.kind = NodeKind::kExpand;
    request.parent = &parent;
    request.ancestors = {&parent};
    const auto proposal = proposer.Propose(request, stop_);
    EXPECT_TRUE(proposal);
    return *proposal;
  }

  Task task_;
  Target target_;
  StopCondition stop_;
};

TEST_F(RecipeProposerTest, DraftsAreTheRecipesFirstThenTheirOptions) {
  const auto proposer = MakeTwo();
  std::vector<std::string> origins;
  for (int i = 0; i < 7; ++i) origins.push_back(Draft(*proposer, i)->origin);
  EXPECT_EQ(origins[0], "recipe alpha inputs 0 outputs 0 A=0 B=0");
  EXPECT_EQ(origins[1], "recipe beta inputs 0 outputs 0");
  EXPECT_EQ(origins[2], "recipe alpha inputs 0 outputs 0 A=1 B=0");
  EXPECT_EQ(std::set<std::string>(origins.begin(), origins.end()).size(), 7u);
  EXPECT_FALSE(Draft(*proposer, 7));  // 2 × 3 + 1 is all there is
}

TEST_F(RecipeProposerTest, DraftsAskedOutOfOrderAreTheSame) {
  const auto forward = MakeTwo(), backward = MakeTwo();
  std::vector<std::string> a, b;
  for (int i = 0; i < 5; ++i) a.push_back(Draft(*forward, i)->origin);
  for (int i = 4; i >= 0; --i) b.insert(b.begin(), Draft(*backward, i)->origin);
  EXPECT_EQ(a, b);
}

TEST_F(RecipeProposerTest, ExpansionsChangeOneOptionAndKeepTheParameters) {
  const auto proposer = MakeTwo();
  Proposal draft = *Draft(*proposer, 0);
  Draft(*proposer, 1);
  draft.candidate.parameters["U"] = "4";
  const auto child = Expand(*proposer, NodeOf(draft));
  ASSERT_TRUE(child);
  EXPECT_TRUE(child->origin.starts_with("recipe alpha"));
  // U = 4 is admitted with B = 0 only; else the default comes back.
  const bool b_is_0 = child->origin.find("B=0") != std::string::npos;
  EXPECT_EQ(child->candidate.parameters.at("U"), b_is_0 ? "4" : "1");
  EXPECT_NE(child->description.find("→"), std::string::npos);
}

TEST_F(RecipeProposerTest, ExpandsUntilEverythingWasTried) {
  const auto proposer = MakeTwo();
  const Node parent = NodeOf(*Draft(*proposer, 0));
  std::set<std::string> sources = {parent.candidate.source};
  for (int i = 0; i < 6; ++i) {
    const auto child = Expand(*proposer, parent, static_cast<uint64_t>(i));
    ASSERT_TRUE(child) << i;
    EXPECT_TRUE(sources.insert(child->candidate.source).second);
  }
  EXPECT_FALSE(Expand(*proposer, parent));
}

TEST_F(RecipeProposerTest, ANodeOfUnknownOriginLeadsToTheDrafts) {
  const auto proposer = MakeTwo();
  Node seed;
  seed.candidate.source = "int ke_run;";
  seed.origin = "seed mine.cc";
  EXPECT_EQ(Expand(*proposer, seed)->candidate.label, "alpha");
}

TEST_F(RecipeProposerTest, RemembersWhatAnEarlierProcessMade) {
  const auto first = MakeTwo();
  const Proposal draft = *Draft(*first, 0);
  const auto second = MakeTwo();
  second->Remember(draft.candidate);
  EXPECT_EQ(Draft(*second, 0)->candidate.label, "beta");
}

TEST_F(RecipeProposerTest, TheSameSeedGivesTheSameExpansion) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto a = MakeTwo(), b = MakeTwo();
    const Node parent = NodeOf(*Draft(*a, 0));
    Draft(*b, 0);
    EXPECT_EQ(Expand(*a, parent, seed)->origin,
              Expand(*b, parent, seed)->origin);
  }
}

TEST_F(RecipeProposerTest, NothingFitsIsNotAnError) {
  RecipeProposer proposer{RecipeIndex({})};
  EXPECT_FALSE(Draft(proposer, 0));
}

TEST_F(RecipeProposerTest, BadFitsComeAfterTheOptionsOfGoodOnes) {
  RecipeProposer proposer{
      RecipeIndex({RowRecipe("good", "// ke:option A in {0, 1}\n"),
                   RowRecipe("wrong", "", "erf tanh sqrt")})};
  EXPECT_EQ(Draft(proposer, 0)->candidate.label, "good");
  EXPECT_EQ(Draft(proposer, 1)->candidate.label, "good");
  EXPECT_EQ(Draft(proposer, 2)->candidate.label, "wrong");
}

TEST_F(RecipeProposerTest, ManyThreadsNeverGetTheSameSource) {
  const auto proposer = MakeTwo();
  const Node parent = NodeOf(*Draft(*proposer, 0));
  std::vector<std::string> sources(6);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < sources.size(); ++i)
    threads.emplace_back([&, i] {
      sources[i] = Expand(*proposer, parent, i)->candidate.source;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<std::string>(sources.begin(), sources.end()).size(), 6u);
}

}  // namespace
}  // namespace kernelevolve
