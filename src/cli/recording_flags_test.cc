#include "cli/recording_flags.h"

#include <gtest/gtest.h>

#include "cli/arguments.h"

namespace kernelevolve::cli {
namespace {

class RecordingFlagsTest : public testing::Test {
 protected:
  Status Adopt() {
    ReplayFlags flags{task_,  target_, proposer_,    policy_,
                      seed_,  nodes_,  seed_kernel_, shapes_,
                      model_};
    return AdoptHeader("ke", "rec.jsonl", header_, flags);
  }

  Json header_ = {{"recording", 1},      {"task", "softmax"},
                  {"target", "cpp@native"}, {"proposer", "mixed"},
                  {"policy", "greedy"},  {"seed", "7"},
                  {"nodes", 75},         {"window", 20000},
                  {"tools", false},      {"memory", "both"}};
  std::string task_ = "softmax", target_ = kDefaultTarget,
              proposer_ = "replay:rec.jsonl", policy_ = "mcts", seed_kernel_;
  std::optional<int64_t> seed_, nodes_;
  std::vector<std::string> shapes_;
  ModelFlags model_;
};

TEST_F(RecordingFlagsTest, WhatWasNotGivenIsTheRecordings) {
  ASSERT_TRUE(Adopt());
  EXPECT_EQ(proposer_, "mixed");
  EXPECT_EQ(model_.models, "replay:rec.jsonl");
  EXPECT_EQ(policy_, "greedy");
  EXPECT_EQ(seed_, 7);
  EXPECT_EQ(nodes_, 75);
  EXPECT_EQ(model_.window, 20000);
  EXPECT_TRUE(model_.no_tools);
}

TEST_F(RecordingFlagsTest, ShapesAreTheRecordings) {
  header_["shapes"] = {"small", "large"};
  ASSERT_TRUE(Adopt());
  EXPECT_EQ(shapes_, (std::vector<std::string>{"small", "large"}));
  shapes_ = {"small"};
  const Status adopted = Adopt();
  ASSERT_FALSE(adopted);
  EXPECT_NE(adopted.error().message.find(
                "--shape: small, recorded with small, large"),
            std::string::npos);
}

TEST_F(RecordingFlagsTest, AContradictionNamesTheCommandThatPlaysIt) {
  proposer_ = "llm";
  model_.models = "replay:rec.jsonl";
  seed_ = 8;
  model_.window = 30000;
  const Status adopted = Adopt();
  ASSERT_FALSE(adopted);
  EXPECT_EQ(adopted.error().code, ErrorCode::kBadInput);
  const std::string& message = adopted.error().message;
  for (const char* part : {"--proposer: llm, recorded with mixed",
                           "--seed: 8, recorded with 7", "--window: 30000",
                           "ke optimize softmax --proposer replay:rec.jsonl"})
    EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST_F(RecordingFlagsTest, FewerKernelsAreTheBeginningOfTheRun) {
  nodes_ = 10;
  ASSERT_TRUE(Adopt());
  EXPECT_EQ(nodes_, 10);
  nodes_ = 80;
  EXPECT_FALSE(Adopt());
}

TEST_F(RecordingFlagsTest, ASeedKernelHasToBeGiven) {
  header_["seed_kernel"] = "mine.cc";
  EXPECT_FALSE(Adopt());
  seed_kernel_ = "there/mine.cc";
  EXPECT_TRUE(Adopt());
}

TEST_F(RecordingFlagsTest, AnOldRecordingSaysNothing) {
  header_ = {{"recording", 1}};
  ASSERT_TRUE(Adopt());
  EXPECT_EQ(proposer_, "replay:rec.jsonl");
  EXPECT_FALSE(nodes_);
}

}  // namespace
}  // namespace kernelevolve::cli
