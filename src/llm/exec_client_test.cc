#include "llm/exec_client.h"

#include <gtest/gtest.h>

#include "llm/testing/scripted_client.h"

namespace kernelevolve {
namespace {

class FakeRunner : public CommandRunner {
 public:
  explicit FakeRunner(Result<CommandReply> reply) : reply_(std::move(reply)) {}
  Result<CommandReply> Run(const CommandCall& call,
                           const StopCondition&) override {
    last = call;
    return reply_;
  }
  CommandCall last;

 private:
  Result<CommandReply> reply_;
};

CommandReply Says(std::string output) {
  CommandReply reply;
  reply.ok = true;
  reply.output = std::move(output);
  return reply;
}

ChatResult Ask(FakeRunner& runner) {
  ExecClient client(runner, {{"prog", "arg"}, "exec:prog arg"});
  const StopCondition stop;
  return client.Complete(RequestOf("hello"), stop);
}

TEST(ExecClientTest, TextIsTheAnswer) {
  FakeRunner runner(Says("some \x1b[1mtext\n"));
  const ChatResult result = Ask(runner);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "some [1mtext\n");
  EXPECT_EQ(result->model, "exec:prog arg");
  EXPECT_TRUE(result->usage.estimated);
  EXPECT_GT(result->usage.input, 0);
  const auto request = ParseJson(runner.last.input);
  ASSERT_TRUE(request);
  EXPECT_EQ(GetInteger(*request, "max_tokens"), 100);
  EXPECT_EQ(runner.last.argv, (std::vector<std::string>{"prog", "arg"}));
  EXPECT_EQ(runner.last.hidden_environment.size(), 3u);
}

TEST(ExecClientTest, JsonTextStaysText) {
  FakeRunner runner(Says(R"({"text":"this is the model's own JSON"})"));
  const ChatResult result = Ask(runner);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, R"({"text":"this is the model's own JSON"})");
}

TEST(ExecClientTest, AnswerWithUsage) {
  FakeRunner runner(Says(
      R"({"kernelevolve_answer":{"text":"a","usage":{"input":3,"output":4}}})"));
  const ChatResult result = Ask(runner);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "a");
  EXPECT_EQ(result->usage.output, 4);
  EXPECT_FALSE(result->usage.estimated);
}

TEST(ExecClientTest, Failures) {
  const auto kind = [](Result<CommandReply> reply) {
    FakeRunner runner(std::move(reply));
    const ChatResult result = Ask(runner);
    return result ? "none" : ChatErrorKindName(result.error().kind);
  };
  CommandReply failed = Says("half");
  failed.ok = false;
  failed.status = "exit code 1";
  EXPECT_EQ(kind(failed), "overloaded");
  failed.timed_out = true;
  EXPECT_EQ(kind(failed), "timeout");
  CommandReply flood = Says("much");
  flood.truncated = true;
  EXPECT_EQ(kind(flood), "malformed");
  EXPECT_EQ(kind(Says(" \n")), "malformed");
  EXPECT_EQ(kind(Says(R"({"kernelevolve_answer":{}})")), "malformed");
  EXPECT_EQ(kind(Missing("no such program")), "local");
  EXPECT_EQ(kind(Fail(ErrorCode::kInterrupted, "stopped")), "cancelled");
}

TEST(ExecClientTest, WhateverRanMayHaveAskedAModel) {
  const auto costs = [](Result<CommandReply> reply) {
    FakeRunner runner(std::move(reply));
    return Ask(runner).error().may_have_cost;
  };
  CommandReply failed = Says("half");
  failed.ok = false;
  EXPECT_TRUE(costs(failed));
  EXPECT_TRUE(costs(Says(" \n")));
  EXPECT_TRUE(costs(Fail(ErrorCode::kInterrupted, "stopped")));
  EXPECT_FALSE(costs(Missing("no such program")));
}

TEST(SplitCommandTest, Words) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(*SplitCommand("  a  b\tc "), (Words{"a", "b", "c"}));
  EXPECT_EQ(*SplitCommand(R"(a 'b c' "d 'e'" f\ g "")"),
            (Words{"a", "b c", "d 'e'", "f g", ""}));
  EXPECT_EQ(*SplitCommand(R"(x$HOME;y|z)"), (Words{"x$HOME;y|z"}));
  EXPECT_FALSE(SplitCommand("a 'b"));
  EXPECT_FALSE(SplitCommand("  "));
}

}  // namespace
}  // namespace kernelevolve
