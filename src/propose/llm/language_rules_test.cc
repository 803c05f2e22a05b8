#include "propose/llm/language_rules.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

bool Holds(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

TEST(LanguageRules, QuoteTheHeaderAsItIs) {
  const Result<fs::path> data = DataFolder();
  ASSERT_TRUE(data) << data.error().message;
  const auto header = ReadFile(*data / "include" / "kernelevolve" / "abi.h");
  ASSERT_TRUE(header);
  for (const char* language : {"cpp", "cuda"}) {
    const std::string rules = LanguageRules(*data, language);
    EXPECT_TRUE(Holds(rules, "```c\n" + *header + "```\n")) << rules;
    EXPECT_TRUE(Holds(rules, "// ke:tune NAME = DEFAULT in {VALUES}")) << rules;
  }
  // Where models take a header for granted.
  EXPECT_TRUE(Holds(LanguageRules(*data, "cpp"), "<cfloat> FLT_MAX"));
  EXPECT_FALSE(Holds(LanguageRules(*data, "cuda"), "immintrin"));
}

TEST(LanguageRules, PythonHasItsOwnEntryPoint) {
  const std::string rules = LanguageRules("/nonexistent", "triton");
  EXPECT_TRUE(Holds(rules, "defines `run`")) << rules;
  EXPECT_TRUE(Holds(rules, "`# ke:tune NAME = DEFAULT in {VALUES}`"));
  EXPECT_FALSE(Holds(rules, "ke_run"));
  EXPECT_EQ(LanguageRules("/nonexistent", "flydsl"), "");
}

}  // namespace
}  // namespace kernelevolve
