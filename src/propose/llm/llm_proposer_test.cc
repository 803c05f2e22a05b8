#include "propose/llm/llm_proposer.h"

#include <gtest/gtest.h>

#include <memory>

#include "llm/token_estimate.h"
#include "propose/llm/testing/author_test.h"

namespace kernelevolve {
namespace {

class LlmProposerTest : public AuthorTest {
 protected:
  Result<std::optional<Proposal>> Propose(LlmProposer& proposer) {
    return proposer.Propose(request_, stop_);
  }

  LlmProposerParts Parts() {
    return {model_, nullptr, clock_, nullptr, nullptr, nullptr, {}};
  }
  std::unique_ptr<LlmProposer> Make(LlmProposerOptions options = {}) {
    return std::make_unique<LlmProposer>(std::move(options), Parts());
  }
};

TEST_F(LlmProposerTest, ADraftIsTheModelsFile) {
  const auto proposer = Make();
  model_.Say(FileAnswer("  int one;\n"));
  const auto proposal = Propose(*proposer);
  ASSERT_TRUE(proposal && *proposal);
  EXPECT_EQ((*proposal)->candidate.source, Kernel("  int one;\n"));
  EXPECT_FALSE((*proposal)->failed);
  ASSERT_EQ((*proposal)->prompts.size(), 1u);
  EXPECT_EQ((*proposal)->prompts[0].purpose, "propose");
  EXPECT_EQ((*proposal)->prompts[0].input_tokens, 100);
  EXPECT_DOUBLE_EQ((*proposal)->prompts[0].dollars, 110e-6);
  EXPECT_EQ((*proposal)->prompts[0].messages.back().role, "assistant");
}

TEST_F(LlmProposerTest, WhatTheJudgeFoundIsWhatTheNextPromptSays) {
  MakeExpansion();
  const auto proposer = Make();
  model_.Say(FileAnswer("  int two;\n"));
  ASSERT_TRUE(Propose(*proposer));
  const std::string& prompt = model_.asked[0].messages[1].text;
  EXPECT_NE(prompt.find("OOB"), std::string::npos);
  EXPECT_NE(prompt.find("4 bytes beside y were overwritten"),
            std::string::npos);
  EXPECT_NE(prompt.find("mask the tail"), std::string::npos);
  EXPECT_LT(prompt.find("What limits it now"), prompt.find("## Task"));
}

TEST_F(LlmProposerTest, WithheldDiagnosticsSayOnlyThatItFailed) {
  MakeExpansion();
  const auto proposer = Make({.diagnostics = false});
  model_.Say(FileAnswer("  int two;\n"));
  ASSERT_TRUE(Propose(*proposer));
  const std::string& prompt = model_.asked[0].messages[1].text;
  EXPECT_EQ(prompt.find("overwritten"), std::string::npos);
  EXPECT_NE(prompt.find("not accepted"), std::string::npos);
}

TEST_F(LlmProposerTest, OneRoundOfRepairWithTheParsersComplaint) {
  const auto proposer = Make();
  model_.Say("I would rather talk about it.");
  model_.Say(FileAnswer("  int three;\n"));
  const auto proposal = Propose(*proposer);
  ASSERT_TRUE(proposal && *proposal);
  EXPECT_FALSE((*proposal)->failed);
  ASSERT_EQ(model_.asked.size(), 2u);
  const std::string& complaint = model_.asked[1].messages.back().text;
  EXPECT_NE(complaint.find("no fenced block"), std::string::npos);
  EXPECT_NE(complaint.find("a whole file defines extern \"C\" int ke_run("),
            std::string::npos)
      << complaint;
  EXPECT_EQ((*proposal)->prompts[1].purpose, "repair");
}

TEST_F(LlmProposerTest, AnAnswerThatStaysWrongIsAFailedNode) {
  const auto proposer = Make();
  model_.Say("No.");
  model_.Say("Still no.");
  const auto proposal = Propose(*proposer);
  ASSERT_TRUE(proposal && *proposal);
  ASSERT_TRUE((*proposal)->failed);
  EXPECT_EQ((*proposal)->failed->status, VerdictStatus::kReject);
  EXPECT_EQ((*proposal)->failed->code, Code::kContract);
  EXPECT_EQ((*proposal)->prompts.size(), 2u);
}

// The model insists; a comment and a blank do not make another kernel of it.
TEST_F(LlmProposerTest, AFailedMoveIsNotProposedAgain) {
  MakeExpansion();
  Node failed;
  failed.id = 9;
  failed.candidate.language = "cpp";
  failed.candidate.source = Kernel("  int bad;\n");
  failed.evaluation.status = VerdictStatus::kReject;
  failed.evaluation.code = Code::kPrecision;
  failed.evaluation.message = "errors 3.1 times the allowance";
  request_.siblings = {&failed};
  const auto proposer = Make();
  proposer->Remember(failed.candidate);
  model_.Say(FileAnswer("  int   bad; // better now\n"));
  model_.Say(FileAnswer("  int good;\n"));
  const auto proposal = Propose(*proposer);
  ASSERT_TRUE(proposal && *proposal);
  EXPECT_EQ((*proposal)->candidate.source, Kernel("  int good;\n"));
  const std::string complaint = model_.asked[1].messages.back().text;
  EXPECT_NE(complaint.find("node 9: REJECT PRECISION\n"), std::string::npos)
      << complaint;
  EXPECT_NE(complaint.find("errors 3.1 times"), std::string::npos);
  // And the first prompt had said so already.
  EXPECT_NE(model_.asked[0].messages[1].text.find("Tried and failed"),
            std::string::npos);
}

TEST_F(LlmProposerTest, AFreshStartShowsNothingOfTheParent) {
  MakeExpansion();
  request_.memory = Memory::kNone;
  const auto proposer = Make();
  model_.Say(FileAnswer("  int fresh;\n"));
  ASSERT_TRUE(Propose(*proposer));
  EXPECT_EQ(model_.asked[0].messages[1].text.find("int parent"),
            std::string::npos);
}

TEST_F(LlmProposerTest, TheBudgetsEndIsNoFailure) {
  const auto proposer = Make();
  model_.Fail(ChatErrorKind::kBudget, "$0.01 of $0.01 spent");
  const auto proposal = Propose(*proposer);
  ASSERT_TRUE(proposal.has_value());
  EXPECT_FALSE(proposal->has_value());
  EXPECT_EQ(proposer->OutOfBudget(), "$0.01 of $0.01 spent");
}

TEST_F(LlmProposerTest, AWrongKeyEndsTheRunAStallDoesNot) {
  const auto proposer = Make();
  model_.Fail(ChatErrorKind::kAuth, "401");
  const auto denied = Propose(*proposer);
  ASSERT_TRUE(denied && *denied && (*denied)->trouble);
  EXPECT_EQ((*denied)->trouble->code, ErrorCode::kMissing);
  model_.Fail(ChatErrorKind::kTimeout, "no answer in 600 s");
  const auto stalled = Propose(*proposer);
  ASSERT_TRUE(stalled && *stalled);
  EXPECT_EQ((*stalled)->failed->status, VerdictStatus::kHarnessError);
  EXPECT_EQ((*stalled)->failed->code, Code::kModelLost);
}

TEST_F(LlmProposerTest, NobodyThereEndsTheRunUnlessSomebodyWas) {
  const auto proposer = Make();
  model_.Fail(ChatErrorKind::kNetwork, "could not connect");
  const auto nobody = Propose(*proposer);
  ASSERT_TRUE(nobody && *nobody && (*nobody)->trouble);
  EXPECT_EQ((*nobody)->trouble->code, ErrorCode::kInfrastructure);
  model_.Say(FileAnswer("  int one;\n"));
  ASSERT_TRUE(Propose(*proposer));
  model_.Fail(ChatErrorKind::kNetwork, "could not connect");
  const auto gone = Propose(*proposer);
  ASSERT_TRUE(gone && *gone && (*gone)->failed);
  EXPECT_EQ((*gone)->failed->code, Code::kModelLost);
}

TEST_F(LlmProposerTest, CallsThatAreBrokenOffAreKeptWithWhatTheyCost) {
  const auto proposer = Make();
  ChatError cancelled{ChatErrorKind::kCancelled, "cancelled"};
  cancelled.charged = Charge{2, {100, 0, 900, true}, 0.25};
  model_.Fail(cancelled);
  const auto proposal = Propose(*proposer);
  ASSERT_TRUE(proposal && *proposal && (*proposal)->trouble);
  EXPECT_EQ((*proposal)->trouble->code, ErrorCode::kInterrupted);
  ASSERT_EQ((*proposal)->prompts.size(), 1u);
  const PromptRecord& record = (*proposal)->prompts[0];
  EXPECT_EQ(record.calls, 2);
  EXPECT_EQ(record.output_tokens, 900);
  EXPECT_DOUBLE_EQ(record.dollars, 0.25);
}

TEST_F(LlmProposerTest, ARefusalOfTheBudgetIsNoCall) {
  const auto proposer = Make();
  model_.Say("no kernel");
  model_.Fail(ChatErrorKind::kBudget, "all spent");
  const auto proposal = Propose(*proposer);
  ASSERT_TRUE(proposal && *proposal);
  Spending spent;
  for (const PromptRecord& record : (*proposal)->prompts) spent.Add(record);
  EXPECT_EQ(spent.calls, 1);
}

TEST_F(LlmProposerTest, APromptTooLongIsMadeAgainShorter) {
  MakeExpansion();
  parent_.evaluation.log = std::string(50'000, 'x');
  const auto proposer = Make({.window_tokens = 16'000});
  model_.Fail(ChatErrorKind::kContextExceeded, "16500 of 16384 tokens");
  model_.Say(FileAnswer("  int four;\n"));
  const auto proposal = Propose(*proposer);
  ASSERT_TRUE(proposal && *proposal);
  EXPECT_FALSE((*proposal)->failed);
  EXPECT_LE(EstimatePromptTokens(model_.asked[1]), 8'000);
}

TEST_F(LlmProposerTest, ThePromptSaysWhereTheAnswerIsCutOff) {
  const auto proposer = Make({.window_tokens = 16'000, .answer_tokens = 900});
  const ChatRequest chat = proposer->FirstRequest(request_);
  EXPECT_EQ(chat.max_tokens, 900);
  EXPECT_NE(chat.messages[1].text.find("room for 900 tokens"),
            std::string::npos);
}

// Whatever a candidate, a compiler or a task throws at it.
TEST_F(LlmProposerTest, A64KWindowNeverOverflows) {
  MakeExpansion();
  for (const std::string& filler : {std::string("x"), std::string("{};"),
                                    std::string("\xe2\x82\xac")}) {
    std::string huge;
    while (huge.size() < 2'000'000) huge += filler;
    parent_.candidate.source = huge;
    parent_.evaluation.log = parent_.evaluation.message = huge;
    task_.files["reference.cc"] = task_.summary = huge;
    const auto proposer = Make();
    const ChatRequest chat = proposer->FirstRequest(request_);
    EXPECT_LE(EstimatePromptTokens(chat) + chat.max_tokens, 64 << 10);
  }
}

}  // namespace
}  // namespace kernelevolve
