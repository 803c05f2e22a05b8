#include "propose/llm/tool_text.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

TEST(ToolText, TakesOneObjectBareOrFenced) {
  for (const char* text :
       {R"({"name": "lint", "arguments": {"a": 1}})",
        "```json\n{\"name\": \"lint\",\n \"arguments\": {\"a\": 1}}\n```",
        "I lint it first.\n```json\n{\"name\": \"lint\", \"arguments\": "
        "{\"a\": 1}}\n```\n",
        R"({"name": "lint", "arguments": "{\"a\":1}"})",
        R"({"name": "lint", "parameters": {"a": 1}})"}) {
    const auto call = ParseTextCall(text);
    ASSERT_TRUE(call) << text;
    EXPECT_EQ(call->name, "lint");
    EXPECT_EQ(call->arguments, R"({"a":1})");
  }
}

TEST(ToolText, TellsACallFromAnAnswer) {
  for (const char* text :
       {"", "lint it", "{ int x; }", R"({"a": 1})", R"([{"name": "lint"}])",
        R"({"name": 7, "arguments": {}})",
        "```cpp\nint ke_run() {}\n```\n",
        "```json\n{\"name\": \"lint\"}\n```\n```cpp\nint ke_run();\n```\n"})
    EXPECT_FALSE(ParseTextCall(text)) << text;
}

TEST(ToolText, HalfACallIsACallWithBadArguments) {
  const auto call =
      ParseTextCall(R"({"name": "write_kernel", "arguments": {"source": "in)");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->name, "write_kernel");
  EXPECT_FALSE(ParseJson(call->arguments));
}

TEST(ToolText, AHistoryHoldsOnlyJsonOfBoundedLength) {
  const ToolCall bad = ForHistory({"", "x\x1b[31m", "{\"half"}, 3);
  EXPECT_EQ(bad.id, "call_3");
  EXPECT_EQ(bad.name, "x[31m");
  EXPECT_TRUE(ParseJson(bad.arguments)) << bad.arguments;
  const ToolCall huge = ForHistory(
      {"c", "write_kernel",
       DumpJson({{"source", std::string(10 << 20, 'x')}})}, 1);
  EXPECT_LT(huge.arguments.size(), 1000u);
  EXPECT_TRUE(ParseJson(huge.arguments));
}

TEST(ToolText, WordsStandForRolesThatAreNotKnown) {
  std::vector<Message> messages = {
      {Role::kAssistant, "", {{"c1", "lint", "{}"}}, ""},
      {Role::kTool, "It builds.", {}, "c1"}};
  PutInWords(messages);
  EXPECT_EQ(messages[0].text, R"({"name":"lint","arguments":{}})");
  EXPECT_TRUE(messages[0].tool_calls.empty());
  EXPECT_EQ(messages[1].role, Role::kUser);
  EXPECT_EQ(messages[1].text, "Result of your call:\nIt builds.");
}

}  // namespace
}  // namespace kernelevolve
