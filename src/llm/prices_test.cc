#include "llm/prices.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

ModelName Model(const std::string& text) { return (*ParseModelNames(text))[0]; }

const PriceTable& Shipped() {
  static const PriceTable table =
      *PriceTable::Load(*DataFolder() / "knowledge" / "prices.toml");
  return table;
}

TEST(PricesTest, ShippedTable) {
  const auto price = Shipped().For(Model("openai:gpt-5-mini"));
  ASSERT_TRUE(price);
  EXPECT_EQ(price->input, 0.25);
  EXPECT_EQ(price->cached, 0.025);
  EXPECT_EQ(price->output, 2);
  EXPECT_TRUE(Shipped().For(Model("anthropic:claude-sonnet-4-5")));
}

TEST(PricesTest, EditionsCostWhatTheirModelCosts) {
  for (const char* name :
       {"openai:gpt-5-mini-2025-08-07", "openai:gpt-5-mini-latest"})
    EXPECT_EQ(Shipped().For(Model(name))->output, 2) << name;
  EXPECT_EQ(Shipped().For(Model("anthropic:claude-opus-4-20250514"))->output, 75);
  EXPECT_EQ(Shipped().For(Model("anthropic:claude-opus-4-5-20251101"))->output,
            25);
  // A larger sibling is another model.
  EXPECT_FALSE(Shipped().For(Model("openai:gpt-5-pro")));
  EXPECT_FALSE(Shipped().For(Model("anthropic:claude-opus-4-9")));
}

TEST(PricesTest, WhatRunsHereIsFree) {
  for (const char* name : {"http://127.0.0.1:8080#m", "http://localhost#m",
                           "exec:prog", "mailbox:dir", "replay:file"}) {
    const auto price = Shipped().For(Model(name));
    ASSERT_TRUE(price) << name;
    EXPECT_EQ(price->output, 0) << name;
  }
}

TEST(PricesTest, UnknownModelsAreErrors) {
  const auto price = Shipped().For(Model("https://far.example#big"));
  ASSERT_FALSE(price);
  EXPECT_NE(price.error().message.find("[url.\"big\"]"), std::string::npos);
}

TEST(PricesTest, OwnTable) {
  const auto table = PriceTable::Parse("[url.big]\ninput = 1\noutput = 2.5\n", "f");
  ASSERT_TRUE(table);
  const auto price = table->For(Model("https://far.example#big"));
  ASSERT_TRUE(price);
  EXPECT_EQ(price->cached, 1);
  EXPECT_EQ(price->output, 2.5);
}

TEST(PricesTest, MistakesNameTheirLine) {
  for (const char* text :
       {"[openai.x]\ninput = 1\n", "[openai.x]\ninput = -1\noutput = 1\n",
        "[openai.x]\ninput = 'a'\noutput = 1\n", "[gemini.x]\ninput = 1\n",
        "[openai.x]\ninput = 1\noutput = 1\nfoo = 1\n", "[openai\n",
        "[openai.x]\ninput = nan\noutput = 1\n"}) {
    const auto table = PriceTable::Parse(text, "prices.toml");
    ASSERT_FALSE(table) << text;
    EXPECT_EQ(table.error().message.find("prices.toml:"), 0u);
  }
}

TEST(PricesTest, ACapNeedsAPriceOfWhatRunsHereToo) {
  for (const char* name : {"http://127.0.0.1:8080#m", "exec:prog --fast",
                           "mailbox:dir"}) {
    const auto price = Shipped().For(Model(name), /*capped=*/true);
    ASSERT_FALSE(price) << name;
    EXPECT_NE(price.error().message.find("--prices"), std::string::npos);
    EXPECT_NE(price.error().message.find("--dollars"), std::string::npos);
  }
  EXPECT_TRUE(Shipped().For(Model("replay:file"), true));
  const auto own = PriceTable::Parse(
      "[exec.\"prog --fast\"]\ninput = 1\noutput = 2\n"
      "[mailbox.\"*\"]\ninput = 0\noutput = 0\n"
      "[url.\"*\"]\ninput = 0\noutput = 0\n[url.m]\ninput = 3\noutput = 4\n",
      "f");
  ASSERT_TRUE(own) << own.error().message;
  EXPECT_EQ(own->For(Model("exec:prog --fast"), true)->output, 2);
  EXPECT_FALSE(own->For(Model("exec:prog"), true));
  EXPECT_EQ(own->For(Model("mailbox:anywhere"), true)->output, 0);
  EXPECT_EQ(own->For(Model("http://127.0.0.1:8080#m"), true)->output, 4);
  EXPECT_EQ(own->For(Model("http://127.0.0.1:8080#n"), true)->output, 0);
}

}  // namespace
}  // namespace kernelevolve
