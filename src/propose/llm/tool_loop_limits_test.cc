// How a loop ends that a model does not end.
#include <gtest/gtest.h>

#include "llm/token_estimate.h"
#include "propose/llm/testing/tool_loop_fixture.h"

namespace kernelevolve {
namespace {

TEST_F(ToolLoopTest, NonsenseIsAnsweredAndCounted) {
  options_.limits.steps = 6;
  model_.Call("rm", R"({"path": "/"})");
  model_.Call("write_kernel", R"({"source": "int ke_run(" )");
  model_.Call("write_kernel", R"({"source": 7})");
  model_.Call("replace", R"({"search": "a"})");
  model_.Call("lint", R"({"file": "a.cc"})");
  model_.Call("lint", R"(["a.cc"])");
  const Authored authored = Run();
  EXPECT_FALSE(authored.answer);
  EXPECT_NE(authored.complaint.find("within 6 calls"), std::string::npos)
      << authored.complaint;
  const char* const expected[] = {
      "There is no tool \"rm\"; there are read_kernel,", "are not JSON",
      "is a JSON number, expected \"string\"", "\"replace\" is missing",
      "lint takes no arguments"};
  ASSERT_EQ(model_.asked.size(), 6u);
  for (size_t i = 0; i < 5; ++i)
    EXPECT_NE(model_.asked[i + 1].messages.back().text.find(expected[i]),
              std::string::npos)
        << model_.asked[i + 1].messages.back().text;
  // What goes back as a history is JSON, whatever was written.
  for (const Message& message : model_.asked.back().messages)
    for (const ToolCall& call : message.tool_calls)
      EXPECT_TRUE(ParseJson(call.arguments)) << call.arguments;
}

TEST_F(ToolLoopTest, AHundredEqualCallsEndAtTheThird) {
  for (int i = 0; i < 100; ++i) model_.Call("read_kernel");
  const Authored authored = Run();
  EXPECT_FALSE(authored.answer);
  EXPECT_EQ(model_.asked.size(), 3u);
  EXPECT_NE(authored.complaint.find("same call of read_kernel 3 times"),
            std::string::npos)
      << authored.complaint;
}

TEST_F(ToolLoopTest, AHundredDifferentCallsEndAtTheLimit) {
  for (int i = 0; i < 100; ++i)
    model_.Call("search_knowledge",
                R"({"query": "way )" + std::to_string(i) + R"("})");
  EXPECT_FALSE(Run().answer);
  EXPECT_EQ(model_.asked.size(), 12u);
  EXPECT_EQ(knowledge_.situations.size(), 12u);
}

TEST_F(ToolLoopTest, AHundredCallsInOneReplyEndAtTheLimit) {
  std::vector<ToolCall> calls;
  for (int i = 0; i < 100; ++i)
    calls.push_back({"c" + std::to_string(i), "search_knowledge",
                     R"({"query": ")" + std::to_string(i) + R"("})"});
  model_.CallAll(calls);
  EXPECT_FALSE(Run().answer);
  EXPECT_EQ(model_.asked.size(), 1u);
  EXPECT_EQ(knowledge_.situations.size(), 12u);
}

TEST_F(ToolLoopTest, TheJudgeIsAskedTwiceAtMost) {
  for (const char* name : {"one", "two", "three"}) {
    model_.Call("write_kernel",
                SourceArguments("  int " + std::string(name) + ";\n"));
    model_.Call("evaluate");
  }
  model_.Call("submit", R"({"plan": ""})");
  EXPECT_TRUE(Run().answer);
  EXPECT_EQ(workbench_.evaluated.size(), 2u);
  EXPECT_NE(LastTold().find("No evaluation is left"), std::string::npos);
}

TEST_F(ToolLoopTest, AnUnsubmittedKernelThatBuildsIsTaken) {
  options_.limits.steps = 2;
  model_.Call("write_kernel", SourceArguments("  int fine;\n"));
  model_.Call("lint");
  const Authored authored = Run();
  ASSERT_TRUE(authored.answer) << authored.complaint;
  EXPECT_EQ(authored.answer->source, Kernel("  int fine;\n"));
  EXPECT_EQ(workbench_.linted.size(), 1u);
}

TEST_F(ToolLoopTest, AnUnsubmittedKernelThatDoesNotBuildIsAFailure) {
  options_.limits.steps = 1;
  model_.Call("write_kernel", SourceArguments("  int does_not_build;\n"));
  const Authored authored = Run();
  EXPECT_FALSE(authored.answer);
  EXPECT_NE(authored.complaint.find("does not build"), std::string::npos);
  EXPECT_NE(authored.raw.find("int does_not_build"), std::string::npos);
}

TEST_F(ToolLoopTest, ATextIsComplainedOfOnce) {
  model_.Say("Let me think.");
  model_.Say("Still thinking.");
  const Authored authored = Run();
  EXPECT_FALSE(authored.answer);
  EXPECT_EQ(model_.asked.size(), 2u);
  EXPECT_NE(LastTold().find("no fenced block"), std::string::npos);
}

TEST_F(ToolLoopTest, TenMegabytesOfArgumentsAreRefused) {
  model_.Call("write_kernel",
              DumpJson({{"source", Kernel(std::string(10 << 20, 'x'))}}));
  model_.Call("submit", R"({"plan": "big"})");
  model_.Say(FileAnswer("  int small;\n"));
  EXPECT_TRUE(Run().answer);
  EXPECT_NE(model_.asked[1].messages.back().text.find("at most"),
            std::string::npos);
  EXPECT_LE(EstimatePromptTokens(model_.asked[1]), 4000);
  for (const PromptRecord& record : conversation_.TakeRecords())
    for (const PromptMessage& message : record.messages)
      EXPECT_LT(message.text.size(), 600'000u);
}

TEST_F(ToolLoopTest, TheWindowHoldsHoweverLongTheWorkIs) {
  options_.window_tokens = 6000;
  for (int i = 0; i < 12; ++i)
    model_.Call("write_kernel",
                SourceArguments("  int v" + std::to_string(i) + "; /*" +
                                std::string(9000, '{') + "*/\n"));
  EXPECT_TRUE(Run().answer);
  ASSERT_EQ(model_.asked.size(), 12u);
  for (const ChatRequest& asked : model_.asked) {
    EXPECT_LE(EstimatePromptTokens(asked) + asked.max_tokens, 6000);
    EXPECT_EQ(asked.messages[0].text, "You write kernels.");
    EXPECT_EQ(asked.messages[1].text, "Write one.");
  }
}

}  // namespace
}  // namespace kernelevolve
