#include "llm/cached_client.h"

#include <gtest/gtest.h>

#include "llm/testing/scripted_client.h"

namespace kernelevolve {
namespace {

class CachedClientTest : public testing::Test {
 protected:
  CachedClientTest() : folder_(*TempFolder::Create("cache_test")) {}
  std::unique_ptr<CachedClient> Make(const std::string& scope = "m") {
    return std::make_unique<CachedClient>(
        std::make_unique<ScriptedClient>(
            [this](const ChatRequest& request, int) -> ChatResult {
              ++calls_;
              if (request.messages[0].text == "fail")
                return ChatFailure(ChatErrorKind::kNetwork, "down");
              ChatReply reply = ReplyOf("a");
              reply.dollars = 0.5;
              return reply;
            }),
        folder_.path(), scope);
  }

  const TempFolder folder_;
  StopCondition stop_;
  int calls_ = 0;
};

TEST_F(CachedClientTest, TheSecondTimeIsFree) {
  const auto client = Make();
  EXPECT_EQ(client->Complete(RequestOf("x"), stop_)->dollars, 0.5);
  const ChatResult again = Make()->Complete(RequestOf("x"), stop_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->text, "a");
  EXPECT_EQ(again->dollars, 0);
  EXPECT_EQ(calls_, 1);
}

TEST_F(CachedClientTest, OtherRequestsAndModelsAreOthers) {
  ASSERT_TRUE(Make()->Complete(RequestOf("x"), stop_));
  ASSERT_TRUE(Make()->Complete(RequestOf("y"), stop_));
  ASSERT_TRUE(Make("other")->Complete(RequestOf("x"), stop_));
  EXPECT_EQ(calls_, 3);
}

TEST_F(CachedClientTest, FailuresAreNotKept) {
  EXPECT_FALSE(Make()->Complete(RequestOf("fail"), stop_));
  EXPECT_FALSE(Make()->Complete(RequestOf("fail"), stop_));
  EXPECT_EQ(calls_, 2);
}

TEST_F(CachedClientTest, ADamagedEntryIsAskedAgain) {
  ASSERT_TRUE(Make()->Complete(RequestOf("x"), stop_));
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
    if (entry.is_regular_file()) {
      ASSERT_TRUE(WriteFileAtomic(entry.path(), "{"));
    }
  ASSERT_TRUE(Make()->Complete(RequestOf("x"), stop_));
  EXPECT_EQ(calls_, 2);
}

}  // namespace
}  // namespace kernelevolve
