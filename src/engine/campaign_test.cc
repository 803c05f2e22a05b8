#include "engine/campaign.h"

#include <gtest/gtest.h>

#include "eval/testing/fake_evaluator.h"
#include "eval/testing/toy_task.h"
#include "store/memory_store.h"

namespace kernelevolve {
namespace {

// Tries each kernel on the bench before it hands it in.
class CarefulProposer : public Proposer {
 public:
  Result<std::optional<Proposal>> Propose(const ProposalRequest& request,
                                          const StopCondition& stop) override {
    Proposal proposal;
    proposal.candidate = {"cpp", "// " + std::to_string(request.seed), {}, ""};
    if (!request.workbench) return BadInput("no bench");
    RETURN_IF_ERROR(request.workbench->Lint(proposal.candidate, stop));
    RETURN_IF_ERROR(request.workbench->Evaluate(proposal.candidate, stop));
    return proposal;
  }
};

class CampaignTest : public testing::Test {
 protected:
  static Evaluation OneSecond(const EvaluationRequest& request) {
    Evaluation evaluation = FakeAccepted(1);
    evaluation.phases.device_exclusive = request.build_only ? 0 : 1000;
    return evaluation;
  }

  std::unique_ptr<Campaign> MakeCampaign(int64_t nodes) {
    CampaignOptions options{ToyTask(), ToyTarget(), std::string(64, 'a'), 2};
    options.limits.max_nodes = nodes;
    return std::make_unique<Campaign>(
        std::move(options), CampaignParts{proposer_, evaluator_, *search_,
                                          recorder_, observer_, clock_});
  }

  CarefulProposer proposer_;
  FakeEvaluator evaluator_{OneSecond};
  std::unique_ptr<Search> search_ = *MakeSearch({.tune = false});
  std::unique_ptr<Store> store_ = MakeMemoryStore();
  RunRecorder recorder_{*store_, {}, {}, {}, nullptr};
  Observer observer_;
  SystemClock clock_;
  StopCondition stop_;
};

TEST_F(CampaignTest, TheBenchIsChargedToTheRunButMakesNoNodes) {
  const auto campaign = MakeCampaign(3);
  const auto reason = campaign->Search(stop_);
  ASSERT_TRUE(reason) << reason.error().message;
  EXPECT_EQ(campaign->archive().nodes().size(), 3u);
  EXPECT_EQ(evaluator_.calls(Stage::kSearch), 3 + 2 * 3);
  EXPECT_DOUBLE_EQ(campaign->ledger().progress().device_seconds, 3 + 3);
}

TEST_F(CampaignTest, AGuestBecomesANodeThatTheSearchKnows) {
  const auto campaign = MakeCampaign(3);
  Guest guest;
  guest.candidate = {"cpp", "// mine", {}, ""};
  guest.origin = "somebody";
  ASSERT_TRUE(campaign->Adopt(guest, FakeAccepted(5)));
  EXPECT_EQ(campaign->archive()[1].origin, "somebody");
  EXPECT_EQ(campaign->ledger().best(), 1);
  EXPECT_EQ(campaign->RequestAt(0).draft_index, 1);
  EXPECT_EQ(campaign->RequestAt(1).parent->id, 1);
  ASSERT_TRUE(campaign->Search(stop_));
  EXPECT_EQ(campaign->archive().nodes().size(), 3u);
  EXPECT_EQ(search_->Report().best, 1);
}

}  // namespace
}  // namespace kernelevolve
