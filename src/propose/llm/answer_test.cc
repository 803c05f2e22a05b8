#include "propose/llm/answer.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

constexpr const char* kSource =
    "// ke:tune UNROLL = 4 in {2, 4, 8}\n"
    "#include <kernelevolve/abi.h>\n"
    "extern \"C\" int ke_run(const ke_call* call) {\n"
    "  return 0;\n"
    "}\n";

Candidate Parent() {
  Candidate parent;
  parent.language = "cpp";
  parent.source = kSource;
  parent.parameters = {{"UNROLL", "8"}};
  return parent;
}

std::string ComplaintOf(const std::string& text, bool cut_off = false) {
  const Candidate parent = Parent();
  const auto answer = ParseAnswer(text, &parent, cut_off);
  return answer ? "" : answer.error().ToText();
}

TEST(Answer, TakesAWholeFileAndItsPlan) {
  const std::string file = std::string(kSource) + "// two\n";
  const auto answer = ParseAnswer(
      "PLAN: unroll more\n\n```cpp\n" + file + "```\nThat is all.\n", nullptr,
      false);
  ASSERT_TRUE(answer.has_value()) << answer.error().text;
  EXPECT_EQ(answer->kind, AnswerKind::kWholeFile);
  EXPECT_EQ(answer->source, file);
  EXPECT_EQ(answer->plan, "unroll more");
  EXPECT_EQ(answer->parameters, (ParameterValues{{"UNROLL", "4"}}));
}

TEST(Answer, KeepsTheParentsValuesWhereTheyStillApply) {
  const Candidate parent = Parent();
  const auto answer = ParseAnswer(
      "```cpp\n" + std::string(kSource) + "// two\n```", &parent, false);
  ASSERT_TRUE(answer.has_value()) << answer.error().text;
  EXPECT_EQ(answer->parameters, parent.parameters);
}

TEST(Answer, AppliesEdits) {
  const Candidate parent = Parent();
  const auto answer = ParseAnswer(
      "PLAN: fail\n<<<<<<< SEARCH\n  return 0;\n=======\n  return 1;\n"
      ">>>>>>> REPLACE\n",
      &parent, false);
  ASSERT_TRUE(answer.has_value()) << answer.error().text;
  EXPECT_EQ(answer->kind, AnswerKind::kEdits);
  EXPECT_NE(answer->source.find("return 1;"), std::string::npos);
  EXPECT_EQ(answer->source.find("return 0;"), std::string::npos);
}

TEST(Answer, AppliesEditsInsideAFence) {
  const Candidate parent = Parent();
  const auto answer = ParseAnswer(
      "```\n<<<<<<< SEARCH\n  return 0;\n=======\n>>>>>>> REPLACE\n```\n",
      &parent, false);
  ASSERT_TRUE(answer.has_value()) << answer.error().text;
  EXPECT_EQ(answer->source.find("return"), std::string::npos);
}

TEST(Answer, TakesParametersAlone) {
  const Candidate parent = Parent();
  const auto answer =
      ParseAnswer("```parameters\nUNROLL = 2\n```\n", &parent, false);
  ASSERT_TRUE(answer.has_value()) << answer.error().text;
  EXPECT_EQ(answer->source, parent.source);
  EXPECT_EQ(answer->parameters.at("UNROLL"), "2");
}

TEST(Answer, SaysWhatIsWrongWithAnEdit) {
  EXPECT_NE(ComplaintOf("<<<<<<< SEARCH\n  return  0;\n=======\nx\n"
                        ">>>>>>> REPLACE\n")
                .find("return 0;"),
            std::string::npos);
  EXPECT_NE(ComplaintOf("<<<<<<< SEARCH\ne\n=======\nx\n>>>>>>> REPLACE\n"),
            "");
  EXPECT_NE(ComplaintOf("<<<<<<< SEARCH\n  return 0;\n=======\nx\n").find("end"),
            std::string::npos);
}

TEST(Answer, RefusesWhatCouldBeReadInTwoWays) {
  const std::string block = "```cpp\n" + std::string(kSource) + "// a\n```\n";
  EXPECT_NE(ComplaintOf(block + block).find("exactly one"), std::string::npos);
}

TEST(Answer, TellsACutOffAnswerFromOneWithoutAKernel) {
  EXPECT_NE(ComplaintOf("```cpp\nint ke_run(", false).find("cut off"),
            std::string::npos);
  for (const char* text : {"I am thinking about", "```cpp\nint ke_run(",
                           "```cpp\nstatic int helper(int x) {"})
    EXPECT_NE(ComplaintOf(text, true).find("token limit"), std::string::npos)
        << text;
  EXPECT_NE(ComplaintOf("I cannot help.").find("no fenced block"),
            std::string::npos);
  EXPECT_NE(ComplaintOf("```cpp\nint main() {}\n```").find("entry point"),
            std::string::npos);
  EXPECT_NE(ComplaintOf(" \n"), "");
}

TEST(Answer, RefusesTheParentUnchangedAndUnknownParameters) {
  const std::string same = "```cpp\n" + std::string(kSource) + "```\n";
  EXPECT_NE(ComplaintOf(same).find("unchanged"), std::string::npos);
  EXPECT_NE(ComplaintOf("```parameters\nTILE = 2\n```\n"), "");
  EXPECT_NE(ComplaintOf("```parameters\nUNROLL = 3\n```\n"), "");
  EXPECT_NE(ComplaintOf("```parameters\nUNROLL = 8\n```\n").find("own"),
            std::string::npos);
}

TEST(Answer, ADraftNeedsAWholeFile) {
  const auto edits = ParseAnswer(
      "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n", nullptr, false);
  ASSERT_FALSE(edits.has_value());
  EXPECT_NE(edits.error().text.find("whole file"), std::string::npos);
  const auto cut = ParseAnswer("```cpp\nint ke_run(", nullptr, true);
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().text.find("edits"), std::string::npos);
}

TEST(Answer, InstructionsNameTheFormTheEntryAndTheRoom) {
  const std::string draft = AnswerInstructions({"cpp", false, false, 900});
  for (const char* part : {"PLAN:", "```cpp", "900 tokens",
                           "extern \"C\" int ke_run(const ke_call* call)"})
    EXPECT_NE(draft.find(part), std::string::npos) << part << "\n" << draft;
  EXPECT_EQ(draft.find("SEARCH"), std::string::npos);
  EXPECT_EQ(draft.find("1. "), std::string::npos) << "there is one form";
  const std::string edit = AnswerInstructions({"triton", true, true, 8192});
  for (const char* part : {"```triton", "def run(", "<<<<<<< SEARCH",
                           "```parameters", "8192 tokens"})
    EXPECT_NE(edit.find(part), std::string::npos) << part << "\n" << edit;
  const std::string none = AnswerInstructions({"cpp", true, false, 900});
  EXPECT_EQ(none.find("parameter"), std::string::npos)
      << "the kernel declares none";
}

}  // namespace
}  // namespace kernelevolve
