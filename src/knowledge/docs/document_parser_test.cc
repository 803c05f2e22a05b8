#include "knowledge/docs/document_parser.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

constexpr std::string_view kGood = R"(+++
title = "Tails"
summary = "The last elements need a mask."
platform = ["cpu"]
arch = ["avx512"]
language = ["cpp"]
bottleneck = []
phase = ["repair", "draft"]
errors = ["OOB", "OUTPUT_NOT_WRITTEN"]
keywords = ["tail", "a \"mask\""]
source = ["A manual, section 3"]
checked_with = []
+++

Body, first line.
)";

ParsedDocument Parse(std::string_view text) {
  return ParseDocument(text, "constraints/tails.md", Vocabulary{});
}

std::vector<std::string> MistakesIn(std::string_view text) {
  std::vector<std::string> mistakes;
  for (const Diagnostic& diagnostic : Parse(text).diagnostics)
    mistakes.push_back(diagnostic.ToString());
  return mistakes;
}

std::string Changed(std::string_view from, std::string_view to) {
  EXPECT_NE(kGood.find(from), std::string_view::npos) << from;
  return ReplaceAll(kGood, from, to);
}

TEST(DocumentParser, ReadsEveryKey) {
  const ParsedDocument parsed = Parse(kGood);
  ASSERT_TRUE(parsed.diagnostics.empty()) << MistakesIn(kGood)[0];
  const Document& document = parsed.document;
  EXPECT_EQ(document.path, "constraints/tails.md");
  EXPECT_EQ(document.title, "Tails");
  EXPECT_EQ(document.platforms, std::vector<std::string>{"cpu"});
  EXPECT_EQ(document.archs, std::vector<std::string>{"avx512"});
  EXPECT_EQ(document.phases, (std::vector<std::string>{"repair", "draft"}));
  EXPECT_EQ(document.errors,
            (std::vector<Code>{Code::kOob, Code::kOutputNotWritten}));
  EXPECT_EQ(document.keywords[1], "a \"mask\"");
  EXPECT_EQ(document.body, "\nBody, first line.\n");
  EXPECT_EQ(document.body_line, 14);
}

TEST(DocumentParser, WhatItWritesItReads) {
  EXPECT_EQ(DocumentText(Parse(kGood).document), kGood);
}

TEST(DocumentParser, EveryMistakeAtOnceWithLineAndNearestWord) {
  std::string text = Changed("platform = [\"cpu\"]", "platform = [\"gpu\"]");
  text = ReplaceAll(text, "\"OOB\"", "\"OBB\"");
  text = ReplaceAll(text, "keywords = ", "keyword = ");
  EXPECT_EQ(
      MistakesIn(text),
      (std::vector<std::string>{
          "constraints/tails.md:2: keywords: found nothing, expected an array "
          "of texts",
          "constraints/tails.md:4: platform: found \"gpu\", expected \"cpu\"",
          "constraints/tails.md:9: errors: found \"OBB\", expected \"OOB\"",
          "constraints/tails.md:10: keyword: found an unknown key, expected "
          "\"keywords\""}));
}

TEST(DocumentParser, AnEmptyListMayMeanAnyButNotForSourcesAndKeywords) {
  EXPECT_EQ(MistakesIn(Changed("[\"A manual, section 3\"]", "[]")),
            std::vector<std::string>{
                "constraints/tails.md:11: source: found an empty array, "
                "expected where its statements can be checked"});
  EXPECT_TRUE(MistakesIn(Changed("[\"cpu\"]", "[]")).empty());
}

TEST(DocumentParser, LongTextsAreCountedInCharacters) {
  const std::string umlauts = ReplaceAll(std::string(160, 'x'), "x", "ü");
  EXPECT_TRUE(
      MistakesIn(Changed("The last elements need a mask.", umlauts)).empty());
  EXPECT_EQ(
      MistakesIn(Changed("The last elements need a mask.", umlauts + "x")),
      std::vector<std::string>{
          "constraints/tails.md:3: summary: found 161 characters, "
          "expected at most 160"});
}

TEST(DocumentParser, TheOrderOfKeysIsFixed) {
  std::string text = Changed("title = \"Tails\"\n", "");
  text = ReplaceAll(text, "checked_with = []\n",
                    "checked_with = []\ntitle = \"Tails\"\n");
  const std::vector<std::string> mistakes = MistakesIn(text);
  ASSERT_EQ(mistakes.size(), 1u);
  EXPECT_NE(mistakes[0].find("summary: found it before title"),
            std::string::npos);
}

TEST(DocumentParser, WhatIsNoFrontMatterIsSaidAsSuch) {
  for (const char* text : {"", "# Title\n", "+++\ntitle = \"x\"\n"})
    EXPECT_EQ(MistakesIn(text),
              std::vector<std::string>{
                  "constraints/tails.md:1: found no front matter, expected "
                  "TOML between two lines of +++ at the top"})
        << text;
  const std::vector<std::string> broken =
      MistakesIn(Changed("arch = [\"avx512\"]", "arch = ["));
  ASSERT_EQ(broken.size(), 1u);
  EXPECT_NE(broken[0].find("expected TOML"), std::string::npos);
}

TEST(DocumentParser, WhateverTheBytesEveryMistakeHasALineOfTheFile) {
  Random random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string text(kGood);
    for (uint64_t edit = random.Below(6); edit < 6; ++edit) {
      const size_t at = random.Below(text.size());
      if (random.Below(2) == 0)
        text[at] = static_cast<char>(random.Below(256));
      else
        text.erase(at, random.Below(40));
      if (text.empty()) text = "+";
    }
    const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
    for (const Diagnostic& diagnostic : Parse(text).diagnostics) {
      EXPECT_GE(diagnostic.line, 1) << text;
      EXPECT_LE(diagnostic.line, lines) << text;
    }
  }
}

TEST(DocumentParser, AWordTwiceOrALineBreakIsAMistake) {
  EXPECT_EQ(
      MistakesIn(Changed("[\"repair\", \"draft\"]", "[\"draft\", \"draft\"]"))
          .size(),
      1u);
  EXPECT_EQ(MistakesIn(Changed("\"Tails\"", "\"Tails\\nand more\"")).size(),
            1u);
}

}  // namespace
}  // namespace kernelevolve
