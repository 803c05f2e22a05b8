#include "engine/forecast_text.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

bool Says(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

TEST(ForecastText, ACallIsNotAKernel) {
  RunBudget budget;
  budget.dollars = 0.40;
  const std::string text =
      ForecastText({6571, 8192, 0.0925, 12, 57344}, budget, {});
  EXPECT_TRUE(Says(text, "about 6571 tokens")) << text;
  EXPECT_TRUE(Says(text, "at most $0.0925")) << text;
  EXPECT_TRUE(Says(text, "may take 12 calls")) << text;
  EXPECT_TRUE(Says(text, "up to 57344 tokens")) << text;
  EXPECT_TRUE(Says(text, "$0.40 pay for about 4 such calls")) << text;
  EXPECT_FALSE(Says(text, "at least")) << text;
}

TEST(ForecastText, WhatIsSpentBuysNothing) {
  RunBudget budget;
  budget.dollars = 0.40;
  Spending spent;
  spent.dollars = 0.25;
  const std::string text = ForecastText({6571, 8192, 0.0925}, budget, spent);
  EXPECT_TRUE(Says(text, "$0.15 pay for about 1 such call")) << text;
  EXPECT_FALSE(Says(text, "may take")) << text;
}

TEST(ForecastText, TooLittleForOneIsSaid) {
  RunBudget budget;
  budget.tokens = 1000;
  const std::string text = ForecastText({600, 800, 0}, budget, {});
  EXPECT_TRUE(Says(text, "1000 tokens do not pay for a whole one")) << text;
}

}  // namespace
}  // namespace kernelevolve
