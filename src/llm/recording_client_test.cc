#include "llm/recording_client.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "llm/testing/scripted_client.h"

namespace kernelevolve {
namespace {

class RecordingClientTest : public testing::Test {
 protected:
  RecordingClientTest()
      : folder_(*TempFolder::Create("recording_test")),
        path_(folder_.path() / "models.jsonl") {}

  // Answers "TEXT #n" to the n-th call.
  std::unique_ptr<RecordingClient> Record() {
    auto inner = std::make_unique<ScriptedClient>(
        [](const ChatRequest& request, int call) -> ChatResult {
          const std::string& text = request.messages[0].text;
          if (text == "fail")
            return ChatFailure(ChatErrorKind::kRefused, "declined");
          if (text == "cancel")
            return ChatFailure(ChatErrorKind::kCancelled, "cancelled");
          return ReplyOf(text + " #" + std::to_string(call));
        });
    auto client = RecordingClient::Create(std::move(inner), path_);
    EXPECT_TRUE(client) << client.error().message;
    return *std::move(client);
  }
  std::string Say(ChatClient& client, const std::string& text) {
    const ChatResult result = client.Complete(RequestOf(text), stop_);
    return result ? result->text
                  : std::string(ChatErrorKindName(result.error().kind));
  }

  const TempFolder folder_;
  const fs::path path_;
  StopCondition stop_;
};

TEST_F(RecordingClientTest, ReplaysInAnyOrder) {
  {
    const auto client = Record();
    EXPECT_EQ(Say(*client, "a"), "a #0");
    EXPECT_EQ(Say(*client, "b"), "b #1");
    EXPECT_EQ(Say(*client, "a"), "a #2");
    EXPECT_EQ(Say(*client, "fail"), "refused");
    EXPECT_EQ(Say(*client, "cancel"), "cancelled");
  }
  ReplayClient replay(*ReadRecording(path_));
  EXPECT_EQ(Say(replay, "fail"), "refused");
  EXPECT_EQ(Say(replay, "a"), "a #0");
  EXPECT_EQ(Say(replay, "a"), "a #2");
  EXPECT_EQ(Say(replay, "b"), "b #1");
  EXPECT_EQ(Say(replay, "a"), "not_recorded");
  EXPECT_EQ(Say(replay, "cancel"), "not_recorded");
}

TEST_F(RecordingClientTest, OtherWordsAtTheSamePlaceGetItsAnswer) {
  ChatRequest request = RequestOf("a");
  request.seed = 7;
  ASSERT_TRUE(Record()->Complete(request, stop_));
  ReplayClient replay(*ReadRecording(path_));
  request.messages[0].text = "a, please";
  const ChatResult answer = replay.Complete(request, stop_);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "a #0");
  EXPECT_TRUE(answer->served_by.starts_with(kWordedOtherwise));
  const auto asked =
      ReadRecording(path_)->Asked(RequestOfStandIn(answer->served_by));
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].role, "user");
  EXPECT_EQ(asked[0].text, "a");
  request.seed = 8;
  EXPECT_EQ(replay.Complete(request, stop_).error().kind,
            ChatErrorKind::kNotRecorded);
}

// The author and the agents it asks share a seed and a round.
TEST_F(RecordingClientTest, AnotherAgentStandsAtAnotherPlace) {
  ChatRequest context = RequestOf("where does it stand?");
  context.asker = "context";
  ChatRequest author = RequestOf("write it");
  context.seed = author.seed = 7;
  {
    const auto client = Record();
    ASSERT_TRUE(client->Complete(context, stop_));
    ASSERT_TRUE(client->Complete(author, stop_));
  }
  ReplayClient replay(*ReadRecording(path_));
  author.messages[0].text = context.messages[0].text = "in other words";
  EXPECT_EQ(replay.Complete(author, stop_)->text, "write it #1");
  context.max_tokens = 50;
  EXPECT_EQ(replay.Complete(context, stop_)->text, "where does it stand? #0");
}

TEST_F(RecordingClientTest, ATextIsKeptOnce) {
  {
    const auto client = Record();
    Say(*client, "the same long prompt");
    Say(*client, "the same long prompt");
  }
  const std::string text = *ReadFile(path_);
  const size_t first = text.find("\"is\":\"the same long prompt\"");
  EXPECT_NE(first, std::string::npos) << text;
  EXPECT_EQ(text.find("\"is\":\"the same long prompt\"", first + 1),
            std::string::npos);
}

// What was asked before an interruption, and again after it, has two answers.
TEST_F(RecordingClientTest, AResumedRunGoesOnInItsOwnPart) {
  EXPECT_EQ(Say(*Record(), "a"), "a #0");
  ASSERT_TRUE((*RecordingWriter::Open(path_))->AppendResumed(5, {{"nodes", 9}}));
  EXPECT_EQ(Say(*Record(), "a"), "a #0");
  const auto recording = ReadRecording(path_);
  ASSERT_TRUE(recording) << recording.error().message;
  ASSERT_EQ(recording->parts.size(), 2u);
  EXPECT_EQ(recording->PartAt(4), 0u);
  EXPECT_EQ(recording->PartAt(5), 1u);
  EXPECT_EQ(GetInteger(recording->parts[1].line, "nodes"), 9);
  ReplayClient resumed(*recording, 5);
  EXPECT_EQ(Say(resumed, "a"), "a #0");
  EXPECT_EQ(Say(resumed, "a"), "not_recorded");
  ReplayClient first(*recording, 0);
  EXPECT_EQ(Say(first, "a"), "a #0");
}

// It may be resumed twice from the same place, or from an earlier one.
TEST_F(RecordingClientTest, WhatWasLostIsNoPart) {
  const auto writer = *RecordingWriter::Open(path_);
  for (const int64_t nodes : {0, 8, 12, 8})
    ASSERT_TRUE(writer->AppendResumed(nodes, {{"nodes", 20 + nodes}}));
  const Recording recording = *ReadRecording(path_);
  ASSERT_EQ(recording.parts.size(), 2u);
  EXPECT_EQ(recording.PartAt(7), 0u);
  EXPECT_EQ(recording.PartAt(12), 1u);
  EXPECT_EQ(GetInteger(recording.parts[0].line, "nodes"), 20);
}

TEST_F(RecordingClientTest, TheEndsOfStepsBelongToTheirPart) {
  const auto writer = *RecordingWriter::Open(path_);
  ASSERT_TRUE(writer->AppendEnd({1, 2, "a", 4}));
  ASSERT_TRUE(writer->AppendEnd({0, 3, "", 4}));
  ASSERT_TRUE(writer->AppendResumed(1, Json::object()));
  ASSERT_TRUE(writer->AppendEnd({2, 0, "b", -1}));
  const Recording recording = *ReadRecording(path_);
  ASSERT_EQ(recording.parts.size(), 2u);
  ASSERT_EQ(recording.parts[0].ends.size(), 2u);
  EXPECT_EQ(recording.parts[0].ends[0].candidate, "a");
  EXPECT_EQ(recording.parts[0].ends[1].step, 3);
  ASSERT_EQ(recording.parts[1].ends.size(), 1u);
  EXPECT_EQ(recording.parts[1].ends[0].begun, -1);
}

TEST_F(RecordingClientTest, ConcurrentCallsReplayTheSame) {
  std::map<std::string, std::string> said;
  {
    const auto client = Record();
    std::mutex mutex;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 20; ++i) {
          const std::string text = std::to_string(t * 100 + i);
          const std::string answer = Say(*client, text);
          const std::lock_guard lock(mutex);
          said[text] = answer;
        }
      });
    for (std::thread& thread : threads) thread.join();
  }
  ReplayClient replay(*ReadRecording(path_));
  EXPECT_EQ(said.size(), 160u);
  for (const auto& [text, answer] : said) EXPECT_EQ(Say(replay, text), answer);
}

TEST_F(RecordingClientTest, GoesOnAfterAKill) {
  EXPECT_EQ(Say(*Record(), "a"), "a #0");
  std::ofstream(path_, std::ios::app) << R"({"request":"half of a li)";
  EXPECT_EQ(Say(*Record(), "a"), "a #0");
  const auto recording = ReadRecording(path_);
  ASSERT_TRUE(recording) << recording.error().message;
  EXPECT_EQ(recording->answers.size(), 2u);
}

TEST_F(RecordingClientTest, MistakesNameTheirLine) {
  std::ofstream(path_) << "{\"recording\":1}\nnonsense\n";
  const auto recording = ReadRecording(path_);
  ASSERT_FALSE(recording);
  EXPECT_NE(recording.error().message.find("models.jsonl:2:"),
            std::string::npos);
  std::ofstream(path_) << "{\"recording\":2}\n";
  EXPECT_FALSE(ReadRecording(path_));
  EXPECT_FALSE(ReadRecording(folder_.path() / "absent"));
}

}  // namespace
}  // namespace kernelevolve
