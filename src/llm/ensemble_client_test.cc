#include "llm/ensemble_client.h"

#include <gtest/gtest.h>

#include "llm/testing/scripted_client.h"

namespace kernelevolve {
namespace {

class EnsembleClientTest : public testing::Test {
 protected:
  // The n-th model fails with the n-th kind, or answers with its name.
  void Make(const std::vector<std::optional<ChatErrorKind>>& kinds) {
    std::vector<std::string> names;
    std::vector<std::unique_ptr<ChatClient>> members;
    for (const auto& kind : kinds) {
      const std::string name(1, static_cast<char>('a' + names.size()));
      names.push_back(name);
      members.push_back(std::make_unique<ScriptedClient>(
          [=, this](const ChatRequest&, int) -> ChatResult {
            asked_ += name;
            if (kind) return ChatFailure(*kind, name + " fails");
            return ReplyOf(name);
          }));
    }
    bandit_ = std::make_shared<ModelBandit>(names);
    client_ = std::make_unique<EnsembleClient>(std::move(members), bandit_);
  }
  ChatResult Ask(const std::string& model = "") {
    ChatRequest request = RequestOf("x");
    request.model = model;
    return client_->Complete(request, stop_);
  }

  std::shared_ptr<ModelBandit> bandit_;
  std::unique_ptr<EnsembleClient> client_;
  StopCondition stop_;
  std::string asked_;
};

TEST_F(EnsembleClientTest, AConversationStaysWithItsModel) {
  Make({std::nullopt, std::nullopt});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Ask("b")->text, "b");
  EXPECT_EQ(Ask()->text, "a");
}

TEST_F(EnsembleClientTest, OthersStandIn) {
  Make({ChatErrorKind::kOverloaded, std::nullopt});
  EXPECT_EQ(Ask("a")->text, "b");
  EXPECT_EQ(asked_, "ab");
}

TEST_F(EnsembleClientTest, AWrongKeyIsNotTriedAgain) {
  Make({ChatErrorKind::kAuth, std::nullopt});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Ask()->text, "b");
  EXPECT_EQ(asked_, "abbb");
}

TEST_F(EnsembleClientTest, AllFail) {
  Make({ChatErrorKind::kTimeout, ChatErrorKind::kQuota});
  const ChatResult result = Ask();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "a fails");
  EXPECT_EQ(asked_, "ab");
}

TEST_F(EnsembleClientTest, NoneLeft) {
  Make({ChatErrorKind::kQuota, ChatErrorKind::kAuth});
  EXPECT_FALSE(Ask());
  const ChatResult result = Ask();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ChatErrorKind::kAuth);
  EXPECT_EQ(asked_, "ab");
}

TEST_F(EnsembleClientTest, ACancelledCallIsNotPassedOn) {
  Make({ChatErrorKind::kCancelled, std::nullopt});
  EXPECT_EQ(Ask().error().kind, ChatErrorKind::kCancelled);
  EXPECT_EQ(asked_, "a");
}

}  // namespace
}  // namespace kernelevolve
