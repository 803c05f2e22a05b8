#include "propose/llm/llm_proposer.h"

#include <gtest/gtest.h>

#include <deque>

#include "llm/token_estimate.h"

namespace kernelevolve {
namespace {

// Says what it was told to, and keeps what it was asked.
class ScriptedClient : public ChatClient {
 public:
  void Say(const std::string& text) {
    ChatReply reply;
    reply.text = text;
    reply.model = "scripted";
    reply.usage = {100, 0, 10, false};
    replies_.push_back(reply);
  }
  void Fail(ChatErrorKind kind, const std::string& message) {
    replies_.push_back(ChatFailure(kind, message));
  }
  ChatResult Complete(const ChatRequest& request,
                      const StopCondition&) override {
    asked.push_back(request);
    if (replies_.empty())
      return ChatFailure(ChatErrorKind::kNetwork, "the script is over");
    ChatResult reply = replies_.front();
    replies_.pop_front();
    return reply;
  }
  std::vector<ChatRequest> asked;

 private:
  std::deque<ChatResult> replies_;
};

std::string Kernel(const std::string& body) {
  return "#include <kernelevolve/abi.h>\nextern \"C\" int ke_run(const ke_call* "
         "call) {\n" + body + "  return 0;\n}\n";
}

std::string FileAnswer(const std::string& body) {
  return "PLAN: try " + body + "\n```cpp\n" + Kernel(body) + "```\n";
}

class LlmProposerTest : public testing::Test {
 protected:
  LlmProposerTest() {
    task_.name = "double_it";
    task_.summary = "y = 2 x";
    task_.reference_cpp = "reference.cc";
    task_.files["reference.cc"] = "template <typename real> void f();";
    target_.language = "cpp";
    target_.device = "native";
    target_.device_kind = "cpu";
    parent_.id = 7;
    parent_.candidate.language = "cpp";
    parent_.candidate.source = Kernel("  int parent;\n");
    parent_.evaluation.status = VerdictStatus::kReject;
    parent_.evaluation.code = Code::kOob;
    parent_.evaluation.message = "4 bytes beside y were overwritten";
    request_.task = &task_;
    request_.target = &target_;
  }

  void MakeExpansion() {
    request_.kind = NodeKind::kExpand;
    request_.parent = &parent_;
    request_.ancestors = {&parent_};
  }

  Result<std::optional<Proposal>> Propose(LlmProposer& proposer) {
    return proposer.Propose(request_, stop_);
  }

  LlmProposer Make(LlmProposerOptions options = {}) {
    return LlmProposer(std::move(options),
                       {client_, nullptr, clock_,
                        [](const std::string&, const Usage& usage) {
                          return 1e-6 * static_cast<double>(usage.total());
                        }});
  }

  Task task_;
  Target target_;
  Node parent_;
  ProposalRequest request_;
  ScriptedClient client_;
  SystemClock clock_;
  StopCondition stop_;
};

TEST_F(LlmProposerTest, ADraftIsTheModelsFile) {
  LlmProposer proposer = Make();
  client_.Say(FileAnswer("  int one;\n"));
  const auto proposal = Propose(proposer);
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
  LlmProposer proposer = Make();
  client_.Say(FileAnswer("  int two;\n"));
  ASSERT_TRUE(Propose(proposer));
  const std::string& prompt = client_.asked[0].messages[1].text;
  EXPECT_NE(prompt.find("OOB"), std::string::npos);
  EXPECT_NE(prompt.find("4 bytes beside y were overwritten"),
            std::string::npos);
  EXPECT_NE(prompt.find("mask the tail"), std::string::npos);
  EXPECT_LT(prompt.find("What limits it now"), prompt.find("## Task"));
}

TEST_F(LlmProposerTest, WithheldDiagnosticsSayOnlyThatItFailed) {
  MakeExpansion();
  LlmProposer proposer = Make({.diagnostics = false});
  client_.Say(FileAnswer("  int two;\n"));
  ASSERT_TRUE(Propose(proposer));
  const std::string& prompt = client_.asked[0].messages[1].text;
  EXPECT_EQ(prompt.find("overwritten"), std::string::npos);
  EXPECT_NE(prompt.find("not accepted"), std::string::npos);
}

TEST_F(LlmProposerTest, OneRoundOfRepairWithTheParsersComplaint) {
  LlmProposer proposer = Make();
  client_.Say("I would rather talk about it.");
  client_.Say(FileAnswer("  int three;\n"));
  const auto proposal = Propose(proposer);
  ASSERT_TRUE(proposal && *proposal);
  EXPECT_FALSE((*proposal)->failed);
  ASSERT_EQ(client_.asked.size(), 2u);
  EXPECT_NE(client_.asked[1].messages.back().text.find("no fenced block"),
            std::string::npos);
  EXPECT_EQ((*proposal)->prompts[1].purpose, "repair");
}

TEST_F(LlmProposerTest, AnAnswerThatStaysWrongIsAFailedNode) {
  LlmProposer proposer = Make();
  client_.Say("No.");
  client_.Say("Still no.");
  const auto proposal = Propose(proposer);
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
  LlmProposer proposer = Make();
  proposer.Remember(failed.candidate);
  client_.Say(FileAnswer("  int   bad; // better now\n"));
  client_.Say(FileAnswer("  int good;\n"));
  const auto proposal = Propose(proposer);
  ASSERT_TRUE(proposal && *proposal);
  EXPECT_EQ((*proposal)->candidate.source, Kernel("  int good;\n"));
  const std::string complaint = client_.asked[1].messages.back().text;
  EXPECT_NE(complaint.find("node 9: REJECT PRECISION errors 3.1 times"),
            std::string::npos)
      << complaint;
  // And the first prompt had said so already.
  EXPECT_NE(client_.asked[0].messages[1].text.find("Tried and failed"),
            std::string::npos);
}

TEST_F(LlmProposerTest, AFreshStartShowsNothingOfTheParent) {
  MakeExpansion();
  request_.memory = Memory::kNone;
  LlmProposer proposer = Make();
  client_.Say(FileAnswer("  int fresh;\n"));
  ASSERT_TRUE(Propose(proposer));
  EXPECT_EQ(client_.asked[0].messages[1].text.find("int parent"),
            std::string::npos);
}

TEST_F(LlmProposerTest, TheBudgetsEndIsNoFailure) {
  LlmProposer proposer = Make();
  client_.Fail(ChatErrorKind::kBudget, "$0.01 of $0.01 spent");
  const auto proposal = Propose(proposer);
  ASSERT_TRUE(proposal.has_value());
  EXPECT_FALSE(proposal->has_value());
  EXPECT_EQ(proposer.OutOfBudget(), "$0.01 of $0.01 spent");
}

TEST_F(LlmProposerTest, AWrongKeyEndsTheRunAStallDoesNot) {
  LlmProposer proposer = Make();
  client_.Fail(ChatErrorKind::kAuth, "401");
  const auto denied = Propose(proposer);
  ASSERT_FALSE(denied.has_value());
  EXPECT_EQ(denied.error().code, ErrorCode::kMissing);
  client_.Fail(ChatErrorKind::kTimeout, "no answer in 600 s");
  const auto stalled = Propose(proposer);
  ASSERT_TRUE(stalled && *stalled);
  EXPECT_EQ((*stalled)->failed->status, VerdictStatus::kHarnessError);
}

TEST_F(LlmProposerTest, APromptTooLongIsMadeAgainShorter) {
  MakeExpansion();
  parent_.evaluation.log = std::string(50'000, 'x');
  LlmProposer proposer = Make({.window_tokens = 16'000});
  client_.Fail(ChatErrorKind::kContextExceeded, "16500 of 16384 tokens");
  client_.Say(FileAnswer("  int four;\n"));
  const auto proposal = Propose(proposer);
  ASSERT_TRUE(proposal && *proposal);
  EXPECT_FALSE((*proposal)->failed);
  EXPECT_LE(EstimatePromptTokens(client_.asked[1]), 8'000);
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
    const LlmProposer proposer = Make();
    const ChatRequest chat = proposer.FirstRequest(request_);
    EXPECT_LE(EstimatePromptTokens(chat) + chat.max_tokens, 64 << 10);
  }
}

}  // namespace
}  // namespace kernelevolve
