#include "propose/llm/tool_loop.h"

#include <gtest/gtest.h>

#include "propose/llm/testing/tool_loop_fixture.h"

namespace kernelevolve {
namespace {

TEST_F(ToolLoopTest, WritesLintsEvaluatesAndSubmits) {
  model_.Call("write_kernel", SourceArguments("  int does_not_build;\n"));
  model_.Call("lint");
  model_.Call("replace", R"({"search": "does_not_build", "replace": "fine"})");
  model_.Call("evaluate");
  model_.Call("submit", R"({"plan": "a fine kernel"})");
  const Authored authored = Run();
  ASSERT_TRUE(authored.answer) << authored.complaint;
  EXPECT_EQ(authored.answer->source, Kernel("  int fine;\n"));
  EXPECT_EQ(authored.answer->plan, "a fine kernel");
  ASSERT_EQ(model_.asked.size(), 5u);
  EXPECT_EQ(model_.asked[0].tools.size(), 7u);
  EXPECT_NE(model_.asked[2].messages.back().text.find("BUILD_FAILED"),
            std::string::npos);
  EXPECT_NE(LastTold().find("Right, 1.5x"), std::string::npos) << LastTold();
  EXPECT_NE(LastTold().find("Evaluations left: 1"), std::string::npos);
  EXPECT_EQ(workbench_.evaluated.size(), 1u);
}

TEST_F(ToolLoopTest, EveryCallIsARecord) {
  model_.Call("lint");
  model_.Say(FileAnswer("  int plain;\n"));
  EXPECT_TRUE(Run().answer);
  const std::vector<PromptRecord> records = conversation_.TakeRecords();
  ASSERT_EQ(records.size(), 2u);
  for (const PromptRecord& record : records) EXPECT_EQ(record.purpose, "tool");
  auto messages = records[1].messages;
  // What the model was offered stands between what was said and its answer.
  const auto is_offer = [](const PromptMessage& message) {
    return message.role == "offered";
  };
  const auto offer = std::find_if(messages.begin(), messages.end(), is_offer);
  ASSERT_NE(offer, messages.end());
  EXPECT_NE(offer->text.find("read_kernel: "), std::string::npos);
  EXPECT_NE(offer->text.find("\"properties\""), std::string::npos);
  std::erase_if(messages, is_offer);
  ASSERT_EQ(messages.size(), 5u);
  EXPECT_EQ(messages[2].role, "assistant");
  EXPECT_NE(messages[2].text.find("[calls lint"), std::string::npos);
  EXPECT_EQ(messages[3].role, "tool");
}

TEST_F(ToolLoopTest, ResultsAnswerTheCallsById) {
  model_.CallAll({{"x1", "read_kernel", R"({"node": 7})"},
                  {"", "lint", ""}});
  model_.Call("read_kernel", R"({"node": "current"})");
  model_.Say(FileAnswer("  int plain;\n"));
  MakeExpansion();
  ASSERT_TRUE(Run().answer);
  const std::vector<Message>& told = model_.asked[1].messages;
  ASSERT_EQ(told.size(), 5u);
  EXPECT_EQ(told[3].tool_call_id, "x1");
  EXPECT_NE(told[3].text.find("int parent;"), std::string::npos);
  EXPECT_FALSE(told[4].tool_call_id.empty());
  EXPECT_EQ(told[4].tool_call_id, told[2].tool_calls[1].id);
  EXPECT_NE(told[4].text.find("unchanged"), std::string::npos);
}

TEST_F(ToolLoopTest, TheParentItselfIsNoWork) {
  MakeExpansion();
  options_.limits.steps = 2;
  model_.Call("lint");
  model_.Call("submit", R"({"plan": "as it is"})");
  const Authored authored = Run();
  EXPECT_FALSE(authored.answer);
  EXPECT_TRUE(workbench_.linted.empty());
}

TEST_F(ToolLoopTest, ARepeatedMoveIsRefusedWhenItIsHandedIn) {
  MakeExpansion();
  Node failed = parent_;
  failed.id = 9;
  failed.candidate.source = Kernel("  int bad;\n");
  request_.siblings = {&failed};
  moves_.Remember(failed.candidate);
  model_.Call("write_kernel", SourceArguments("  int   bad; // new\n"));
  model_.Call("evaluate");
  model_.Call("submit", R"({"plan": "the same"})");
  model_.Call("write_kernel", SourceArguments("  int good;\n"));
  model_.Call("submit", R"({"plan": "another"})");
  const Authored authored = Run();
  ASSERT_TRUE(authored.answer) << authored.complaint;
  EXPECT_EQ(authored.answer->source, Kernel("  int good;\n"));
  EXPECT_TRUE(workbench_.evaluated.empty());
  EXPECT_NE(model_.asked[3].messages.back().text.find("as node 9"),
            std::string::npos);
}

TEST_F(ToolLoopTest, AModelThatKnowsNoToolsCallsInJson) {
  model_.Say(R"({"name": "write_kernel", "arguments": )" +
             SourceArguments("  int json;\n") + "}");
  model_.Say("```json\n{\"name\": \"lint\", \"arguments\": {}}\n```");
  model_.Say(R"({"name": "submit", "arguments": {"plan": "by hand"}})");
  const Authored authored = Run();
  ASSERT_TRUE(authored.answer) << authored.complaint;
  EXPECT_EQ(authored.answer->source, Kernel("  int json;\n"));
  for (const Message& message : model_.asked.back().messages)
    EXPECT_NE(message.role, Role::kTool);
  EXPECT_NE(LastTold().find("Result of lint:\nIt builds."), std::string::npos);
}

TEST_F(ToolLoopTest, AProviderThatRefusesToolsIsAskedWithoutThem) {
  model_.Fail(ChatErrorKind::kBadRequest, "tools are not supported");
  model_.Say(FileAnswer("  int plain;\n"));
  EXPECT_TRUE(Run().answer);
  EXPECT_TRUE(refused_tools_);
  EXPECT_TRUE(model_.asked[1].tools.empty());
}

TEST_F(ToolLoopTest, ARequestThatIsBadWithoutToolsAsWellEndsTheRun) {
  model_.Fail(ChatErrorKind::kBadRequest, "no such model");
  model_.Fail(ChatErrorKind::kBadRequest, "no such model");
  const Authored authored = Run();
  ASSERT_TRUE(authored.error);
  EXPECT_EQ(authored.error->kind, ChatErrorKind::kBadRequest);
  EXPECT_FALSE(refused_tools_);
}

TEST_F(ToolLoopTest, ALostModelLeavesWhatItWrote) {
  model_.Call("write_kernel", SourceArguments("  int fine;\n"));
  model_.Fail(ChatErrorKind::kTimeout, "no answer in 600 s");
  EXPECT_TRUE(Run().answer);
  model_.Fail(ChatErrorKind::kTimeout, "no answer in 600 s");
  EXPECT_TRUE(Run().error);
}

TEST_F(ToolLoopTest, AStopIsNoFailureOfTheModel) {
  model_.Call("write_kernel", SourceArguments("  int fine;\n"));
  model_.Call("lint");
  stop_.Request(StopCondition::Reason::kInterrupt);
  const Authored authored = Run();
  ASSERT_TRUE(authored.error);
  EXPECT_EQ(authored.error->kind, ChatErrorKind::kCancelled);
}

TEST_F(ToolLoopTest, AStopLeavesTheLastKernelThatBuilds) {
  model_.Call("write_kernel", SourceArguments("  int fine;\n"));
  model_.Call("lint");
  model_.Call("replace", R"({"search": "fine", "replace": "half_done"})");
  model_.Fail(ChatErrorKind::kCancelled, "cancelled");
  const Authored authored = Run();
  ASSERT_TRUE(authored.answer);
  EXPECT_EQ(authored.answer->source, Kernel("  int fine;\n"));
  EXPECT_FALSE(authored.error);
  EXPECT_EQ(workbench_.linted.size(), 1u);
}

TEST_F(ToolLoopTest, AStopLeavesNothingThatIsWrongOrUntried) {
  model_.Call("write_kernel", SourceArguments("  int untried;\n"));
  model_.Fail(ChatErrorKind::kCancelled, "cancelled");
  const Authored untried = Run();
  EXPECT_FALSE(untried.answer);
  ASSERT_TRUE(untried.error);
  EXPECT_EQ(untried.error->kind, ChatErrorKind::kCancelled);
  model_.Call("write_kernel", SourceArguments("  int is_wrong;\n"));
  model_.Call("lint");
  model_.Call("evaluate");
  model_.Call("lint");
  model_.Fail(ChatErrorKind::kCancelled, "cancelled");
  EXPECT_FALSE(Run().answer);
  EXPECT_EQ(workbench_.evaluated.size(), 1u);
}

TEST_F(ToolLoopTest, AFreshStartReadsNothingOfThePast) {
  MakeExpansion();
  request_.memory = Memory::kNone;
  model_.Call("read_kernel");
  model_.Call("read_kernel", R"({"node": 7})");
  model_.Say(FileAnswer("  int fresh;\n"));
  EXPECT_TRUE(Run().answer);
  for (const ChatRequest& asked : model_.asked)
    EXPECT_EQ(asked.messages.back().text.find("int parent"),
              std::string::npos);
}

}  // namespace
}  // namespace kernelevolve
