#include "engine/step_order.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

#include "base/format.h"
#include "engine/campaign.h"
#include "eval/testing/fake_evaluator.h"
#include "eval/testing/toy_task.h"
#include "store/memory_store.h"

namespace kernelevolve {
namespace {

TEST(StepOrder, KnowsAStepByItsTicketAndALeftOneByItsCandidate) {
  StepOrder order({{1, 0, "a", 0}, {2, 7, "b", 9}, {0, 8, "", 10}});
  EXPECT_TRUE(order.IsNext(0, "a"));
  EXPECT_FALSE(order.IsNext(7, "b"));
  EXPECT_TRUE(order.Ends(7, ""));
  EXPECT_FALSE(order.Ends(9, ""));
  EXPECT_TRUE(order.Drops(8));
  EXPECT_FALSE(order.Drops(7) || order.Drops(0));
  order.Ended(0, "a");
  EXPECT_EQ(order.begun(), 9);
  EXPECT_TRUE(order.IsNext(7, "other"));
  order.Ended(7, "b");
  EXPECT_TRUE(order.IsNext(8, ""));
  order.Ended(8, "");
  EXPECT_TRUE(order.over());
  EXPECT_EQ(order.begun(), -1);
}

TEST(StepOrder, APartEndsWithTheNodeThatTheNextBeganWith) {
  Recording recording;
  recording.parts[0].ends = {{1, 1, "a", 3}, {2, 3, "b", 3}, {3, 2, "c", 4}};
  recording.parts.push_back({2, {}, {}, {}, {{3, 0, "c", 0}}});
  EXPECT_EQ(EndsOfPart(recording, 0).size(), 2u);
  EXPECT_TRUE(EndsOfPart(recording, 1).empty());
  EXPECT_EQ(EndsOfPart(recording, 2).size(), 1u);
}

// Takes as long as it likes, so that steps end in an order of their own.
class UnsteadyProposer : public Proposer {
 public:
  explicit UnsteadyProposer(bool hasty) : hasty_(hasty) {}
  Result<std::optional<Proposal>> Propose(const ProposalRequest& request,
                                          const StopCondition&) override {
    if (!hasty_)
      std::this_thread::sleep_for(
          std::chrono::milliseconds(7 * (request.seed % 5)));
    // Some come to nothing, some are like another.
    if (request.seed % 7 == 0) return std::nullopt;
    Proposal proposal;
    proposal.candidate.language = "cpp";
    proposal.candidate.source = format(
        "// ke:tune U = 1 in {{1, 2, 4, 8}}\n// {}", request.seed % 50);
    proposal.candidate.parameters["U"] = 1;
    return proposal;
  }

 private:
  const bool hasty_;
};

class PlayedOrderTest : public testing::Test {
 protected:
  using Tree = std::vector<std::pair<std::string, std::vector<NodeId>>>;

  static Evaluation Judge(const EvaluationRequest& request) {
    return FakeAccepted(1 + static_cast<double>(
                                std::hash<std::string>()(
                                    request.candidate.Id()) %
                                100));
  }
  Tree Run(int slots, bool hasty, RecordingWriter* recording,
           std::vector<StepEnd> order) {
    UnsteadyProposer proposer(hasty);
    FakeEvaluator evaluator(Judge);
    const auto search = *MakeSearch({});
    const auto store = MakeMemoryStore();
    RunRecorder recorder(*store, {}, {}, {}, nullptr);
    CampaignOptions options{ToyTask(), ToyTarget(), std::string(64, 'a'),
                            slots};
    options.limits.max_nodes = 40;
    options.order = StepOrder(std::move(order));
    CampaignParts parts{proposer, evaluator, *search,
                        recorder, observer_, clock_};
    parts.recording = recording;
    Campaign campaign(std::move(options), parts);
    EXPECT_TRUE(campaign.Search(stop_));
    Tree tree;
    for (const Node& node : campaign.archive().nodes())
      tree.push_back({node.candidate.Id(), node.parents});
    return tree;
  }

  const TempFolder folder_ = *TempFolder::Create("step-order");
  const fs::path path_ = folder_.path() / "models.jsonl";
  Observer observer_;
  SystemClock clock_;
  StopCondition stop_;
};

TEST_F(PlayedOrderTest, StepsSideBySideArePlayedOneAtATime) {
  const auto writer = *RecordingWriter::Open(path_);
  const Tree recorded = Run(6, false, writer.get(), {});
  EXPECT_EQ(recorded.size(), 40u);
  const Recording recording = *ReadRecording(path_);
  const std::vector<StepEnd> order = EndsOfPart(recording, 0);
  EXPECT_GE(order.size(), 40u);
  for (const int slots : {1, 3})
    EXPECT_TRUE(Run(slots, true, nullptr, order) == recorded) << slots;
}

TEST_F(PlayedOrderTest, ARunThatGoesAnotherWayComesToItsEnd) {
  const auto writer = *RecordingWriter::Open(path_);
  Run(4, false, writer.get(), {});
  std::vector<StepEnd> order = EndsOfPart(*ReadRecording(path_), 0);
  order[5].step = 1000;
  EXPECT_EQ(Run(1, true, nullptr, order).size(), 40u);
}

}  // namespace
}  // namespace kernelevolve
