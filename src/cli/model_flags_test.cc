#include "cli/model_flags.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kernelevolve::cli {
namespace {

TEST(ModelFlags, EveryPageFitsAScreen) {
  for (const char* page : {"--help-model", "--help-prompt"}) {
    ModelFlags model;
    RunBudget budget;
    Flags flags({"ke try", "tries", "[flags]", "ke try"});
    AddModelFlags(flags, model, budget);
    EXPECT_FALSE(*flags.Parse({page}));
    const std::string help = flags.Help();
    EXPECT_LE(std::count(help.begin(), help.end(), '\n'), 24) << help;
  }
}

TEST(ModelFlags, SkillsAreWrittenAndTrustedOnlyWhenAsked) {
  ModelFlags model;
  RunBudget budget;
  Flags flags({"ke try", "tries", "[flags]", "ke try"});
  AddModelFlags(flags, model, budget);
  ASSERT_TRUE(flags.Parse({}));
  EXPECT_EQ(model.write_skills, "");
  EXPECT_FALSE(model.trust_skills);
  ASSERT_TRUE(flags.Parse({"--trust-skills", "--write-skills", "default"}));
  EXPECT_EQ(model.write_skills, "default");
  AuthorOptions author;
  ASSERT_TRUE(ProposerOf("recipes", model, author));
  EXPECT_TRUE(author.trust_skills);
}

}  // namespace
}  // namespace kernelevolve::cli
