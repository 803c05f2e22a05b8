// The author with all that it may use: tools, sub-agents, examples.
#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "base/text.h"
#include "llm/token_estimate.h"
#include "propose/llm/llm_proposer.h"
#include "propose/llm/testing/author_test.h"

namespace kernelevolve {
namespace {

class OneExample : public ExampleSource {
 public:
  std::optional<PromptExample> For(
      const ProposalRequest& request) const override {
    if (request.draft_index % 2 == 0) return std::nullopt;
    return PromptExample{"rows", "cpp", Kernel("  int example;\n")};
  }
};

class AuthorLoopTest : public AuthorTest {
 protected:
  std::unique_ptr<LlmProposer> Make(LlmProposerOptions options = {}) {
    return std::make_unique<LlmProposer>(std::move(options), parts_);
  }
  Result<std::optional<Proposal>> Propose(LlmProposer& proposer) {
    return proposer.Propose(request_, stop_);
  }
  static bool Holds(const ChatRequest& asked, const std::string& text) {
    for (const Message& message : asked.messages)
      if (message.text.find(text) != std::string::npos) return true;
    return false;
  }

  OneExample examples_;
  const ModelContextMemory context_{16 << 10};
  const ModelDeepSearch search_{knowledge_};
  LlmProposerParts parts_{model_,  &knowledge_, clock_,
                          nullptr, nullptr,     nullptr, {}};
};

TEST_F(AuthorLoopTest, WithoutAWorkbenchThereAreNoTools) {
  model_.Say(FileAnswer("  int one;\n"));
  const auto proposer = Make();
  ASSERT_TRUE(Propose(*proposer));
  EXPECT_TRUE(model_.asked[0].tools.empty());
  EXPECT_FALSE(Holds(model_.asked[0], "submit"));
  request_.workbench = &workbench_;
  model_.Say(FileAnswer("  int two;\n"));
  const auto without = Make({.tools = false});
  ASSERT_TRUE(Propose(*without));
  EXPECT_TRUE(model_.asked[1].tools.empty());
}

TEST_F(AuthorLoopTest, WhatIsHandedInIsTheCandidate) {
  request_.workbench = &workbench_;
  MakeExpansion();
  model_.Call("replace", R"({"search": "int parent;", "replace": "int x;"})");
  model_.Call("submit", R"({"plan": "shorter\nnames"})");
  const auto proposer = Make();
  const auto proposal = Propose(*proposer);
  ASSERT_TRUE(proposal && *proposal);
  EXPECT_FALSE((*proposal)->failed);
  EXPECT_EQ((*proposal)->candidate.source, Kernel("  int x;\n"));
  EXPECT_EQ((*proposal)->candidate.label, "edits");
  EXPECT_EQ((*proposal)->prompts.size(), 2u);
  EXPECT_TRUE((*proposal)->origin.starts_with("model scripted prompt "));
  EXPECT_TRUE(Holds(model_.asked[0], "{\"name\": \"replace\""));
}

TEST_F(AuthorLoopTest, TextWithEditsMayMeanWhatTheToolsWrote) {
  request_.workbench = &workbench_;
  model_.Call("write_kernel", SourceArguments("  int one;\n"));
  model_.Say("PLAN: two\n<<<<<<< SEARCH\n  int one;\n=======\n  int two;\n"
             ">>>>>>> REPLACE\n");
  const auto proposer = Make();
  const auto proposal = Propose(*proposer);
  ASSERT_TRUE(proposal && *proposal);
  EXPECT_EQ((*proposal)->candidate.source, Kernel("  int two;\n"));
}

TEST_F(AuthorLoopTest, AnEndlessLoopIsAFailedNodeWithItsReason) {
  request_.workbench = &workbench_;
  for (int i = 0; i < 100; ++i) model_.Call("lint");
  const auto proposer = Make();
  const auto proposal = Propose(*proposer);
  ASSERT_TRUE(proposal && *proposal && (*proposal)->failed);
  EXPECT_EQ((*proposal)->failed->code, Code::kContract);
  EXPECT_NE((*proposal)->failed->message.find("same call of lint"),
            std::string::npos);
  EXPECT_EQ((*proposal)->prompts.size(), 3u);
}

TEST_F(AuthorLoopTest, AProviderWithoutToolsIsOfferedThemOnce) {
  request_.workbench = &workbench_;
  model_.Fail(ChatErrorKind::kBadRequest, "no tools here");
  model_.Say(FileAnswer("  int one;\n"));
  model_.Say(FileAnswer("  int two;\n"));
  const auto proposer = Make();
  ASSERT_TRUE(Propose(*proposer));
  ASSERT_TRUE(Propose(*proposer));
  ASSERT_EQ(model_.asked.size(), 3u);
  EXPECT_TRUE(model_.asked[2].tools.empty());
}

TEST_F(AuthorLoopTest, WhatWasPaidForBeforeTheBudgetEndedIsKept) {
  request_.workbench = &workbench_;
  model_.Call("read_kernel");
  model_.Fail(ChatErrorKind::kBudget, "$0.01 of $0.01 spent");
  model_.Fail(ChatErrorKind::kBudget, "$0.01 of $0.01 spent");
  const auto proposer = Make();
  const auto proposal = Propose(*proposer);
  ASSERT_TRUE(proposal && *proposal && (*proposal)->failed);
  EXPECT_EQ((*proposal)->prompts.size(), 2u);
  const auto none = Propose(*proposer);
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  EXPECT_EQ(proposer->OutOfBudget(), "$0.01 of $0.01 spent");
}

TEST_F(AuthorLoopTest, SubAgentsShapeThePrompt) {
  MakeExpansion();
  AcceptParent();
  parts_.context = &context_;
  parts_.search = &search_;
  model_.Say(R"({"headline": "It waits for loads", "bottleneck": "latency",
                 "evidence": [], "moves": ["interleave rows"],
                 "tried_and_failed": []})");
  model_.Say(R"({"paths": ["b.md"]})");
  model_.Say(FileAnswer("  int two;\n"));
  const auto proposer = Make();
  const auto proposal = Propose(*proposer);
  ASSERT_TRUE(proposal && *proposal);
  std::vector<std::string> purposes;
  for (const PromptRecord& record : (*proposal)->prompts)
    purposes.push_back(record.purpose);
  EXPECT_EQ(Join(purposes, " "), "context search propose");
  EXPECT_TRUE(Holds(model_.asked[1], "Bottleneck: latency"));
  EXPECT_TRUE(Holds(model_.asked[2], "It waits for loads"));
  EXPECT_TRUE(Holds(model_.asked[2], "text of b.md"));
  EXPECT_FALSE(Holds(model_.asked[2], "text of a.md"));
}

TEST_F(AuthorLoopTest, WithheldDiagnosticsAskNoSubAgentAndTellNoWhy) {
  MakeExpansion();
  request_.workbench = &workbench_;
  parts_.context = &context_;
  parts_.search = &search_;
  model_.Call("write_kernel", SourceArguments("  int does_not_build;\n"));
  model_.Call("lint");
  model_.Call("search_knowledge", R"({"query": "tails"})");
  model_.Call("read_kernel");
  model_.Say(FileAnswer("  int two;\n"));
  const auto proposer = Make({.diagnostics = false});
  ASSERT_TRUE(Propose(*proposer));
  ASSERT_EQ(model_.asked.size(), 5u);
  for (const ChatRequest& asked : model_.asked) {
    EXPECT_FALSE(Holds(asked, "was not declared"));
    EXPECT_FALSE(Holds(asked, "overwritten"));
    EXPECT_FALSE(Holds(asked, "text of a.md"));
  }
  EXPECT_TRUE(Holds(model_.asked[2], "It does not build."));
}

TEST_F(AuthorLoopTest, DraftsOfOneRunDiffer) {
  parts_.examples = &examples_;
  const auto proposer = Make();
  std::set<std::string> prompts;
  int examples = 0;
  for (request_.draft_index = 0; request_.draft_index < 20;
       ++request_.draft_index) {
    const ChatRequest asked = proposer->FirstRequest(request_);
    prompts.insert(asked.messages[1].text);
    examples += Holds(asked, "## An example that fits this task");
    EXPECT_TRUE(Holds(asked, "This is draft " +
                                 std::to_string(request_.draft_index + 1) +
                                 " of the run."));
  }
  EXPECT_EQ(prompts.size(), 20u);
  EXPECT_EQ(examples, 10);
  MakeExpansion();
  EXPECT_FALSE(Holds(proposer->FirstRequest(request_), "This is draft"));
}

TEST_F(AuthorLoopTest, APromptLeavesRoomForToolsInItsWindow) {
  MakeExpansion();
  request_.workbench = &workbench_;
  parent_.candidate.source = std::string(2'000'000, '{') + Kernel("");
  parent_.evaluation.log = std::string(2'000'000, 'x');
  const int64_t window = 32 << 10;
  const auto proposer = Make({.window_tokens = window});
  for (int i = 0; i < 12; ++i)
    model_.Call("read_kernel", R"({"node": )" + std::to_string(i) + "}");
  ASSERT_TRUE(Propose(*proposer));
  EXPECT_EQ(model_.asked.size(), 12u);
  for (const ChatRequest& asked : model_.asked)
    EXPECT_LE(EstimatePromptTokens(asked) + asked.max_tokens, window);
}

}  // namespace
}  // namespace kernelevolve
