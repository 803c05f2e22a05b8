#include "llm/mailbox_client.h"

#include <gtest/gtest.h>

#include "llm/testing/fake_sleeper.h"
#include "llm/testing/scripted_client.h"

namespace kernelevolve {
namespace {

class MailboxClientTest : public testing::Test {
 protected:
  MailboxClientTest() : folder_(*TempFolder::Create("mailbox_test")) {}

  fs::path At(const std::string& name) const { return folder_.path() / name; }
  void AnswerLater(const std::string& name, const std::string& contents) {
    sleeper_.set_after([=, this] {
      if (sleeper_.waits().size() != 3) return;
      ASSERT_TRUE(WriteFileAtomic(At(name), contents));
    });
  }
  ChatResult Ask() {
    MailboxOptions options;
    options.folder = folder_.path();
    options.name = "mailbox:x";
    options.timeout = std::chrono::seconds(10);
    return MailboxClient(options, clock_, sleeper_)
        .Complete(RequestOf("hello"), stop_);
  }

  const TempFolder folder_;
  FakeClock clock_;
  FakeSleeper sleeper_{clock_};
  StopCondition stop_;
};

TEST_F(MailboxClientTest, TextAnswer) {
  AnswerLater("000001.answer.md", "my answer");
  const ChatResult result = Ask();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->text, "my answer");
  EXPECT_EQ(result->model, "mailbox:x");
  EXPECT_TRUE(result->usage.estimated);
  EXPECT_EQ(sleeper_.waits().size(), 3u);
  const auto request = ParseJson(*ReadFile(At("000001.request.json")));
  ASSERT_TRUE(request);
  EXPECT_EQ(GetString(GetMember(*request, "messages")[0], "text"), "hello");
  EXPECT_NE(ReadFile(At("000001.request.md"))->find("# user\n\nhello"),
            std::string::npos);
}

TEST_F(MailboxClientTest, JsonAnswerWithUsage) {
  AnswerLater("000001.answer.json",
              R"({"text":"a","usage":{"input":3,"output":4}})");
  const ChatResult result = Ask();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->usage.output, 4);
  EXPECT_FALSE(result->usage.estimated);
}

TEST_F(MailboxClientTest, NumberingGoesOn) {
  ASSERT_TRUE(WriteFileAtomic(At("000041.answer.md"), "old"));
  ASSERT_TRUE(WriteFileAtomic(At("notes.txt"), "mine"));
  AnswerLater("000042.answer.md", "new");
  const ChatResult result = Ask();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "new");
}

TEST_F(MailboxClientTest, MalformedAnswers) {
  AnswerLater("000001.answer.json", "{");
  EXPECT_EQ(Ask().error().kind, ChatErrorKind::kMalformed);
}

TEST_F(MailboxClientTest, NobodyAnswers) {
  const ChatResult result = Ask();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ChatErrorKind::kTimeout);
  EXPECT_TRUE(result.error().may_have_cost);
  EXPECT_TRUE(fs::exists(At("000001.withdrawn")));
}

TEST_F(MailboxClientTest, Stopped) {
  sleeper_.set_after(
      [this] { stop_.Request(StopCondition::Reason::kInterrupt); });
  const ChatResult result = Ask();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ChatErrorKind::kCancelled);
  EXPECT_TRUE(result.error().may_have_cost);
  EXPECT_TRUE(fs::exists(At("000001.withdrawn")));
}

TEST_F(MailboxClientTest, LeavesNoTemporaryFiles) {
  AnswerLater("000001.answer.md", "x");
  ASSERT_TRUE(Ask());
  for (const auto& entry : fs::directory_iterator(folder_.path()))
    EXPECT_TRUE(entry.path().filename().string().starts_with("000001."))
        << entry.path();
}

TEST_F(MailboxClientTest, AFolderThatCannotBe) {
  ASSERT_TRUE(WriteFileAtomic(At("file"), ""));
  MailboxOptions options;
  options.folder = At("file") / "below";
  const ChatResult result = MailboxClient(options, clock_, sleeper_)
                                .Complete(RequestOf("hello"), stop_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ChatErrorKind::kLocal);
  EXPECT_FALSE(result.error().may_have_cost);
}

}  // namespace
}  // namespace kernelevolve
