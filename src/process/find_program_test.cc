#include "process/find_program.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

TEST(FindProgram, LooksInPathAndAnswersAbsolutely) {
  const auto found = FindProgram("sh");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->starts_with("/"));
  EXPECT_TRUE(found->ends_with("/sh"));
}

TEST(FindProgram, TakesPathsAsTheyAre) {
  EXPECT_EQ(FindProgram("/bin/sh").value_or(""), "/bin/sh");
  EXPECT_FALSE(FindProgram("/etc/passwd"));
}

TEST(FindProgram, WhatIsMissingIsNamed) {
  const auto found = FindProgram("no-such-program");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kMissing);
  EXPECT_NE(found.error().message.find("no-such-program"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve
