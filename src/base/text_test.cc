#include "base/text.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

TEST(Text, OneIsNoPlural) {
  EXPECT_EQ(Counted(0, "call"), "0 calls");
  EXPECT_EQ(Counted(1, "call"), "1 call");
  EXPECT_EQ(Counted(21, "call"), "21 calls");
}

TEST(Text, WhatIsShortenedKeepsItsBeginning) {
  EXPECT_EQ(Shortened(" a\tplan \n", 8), "a plan");
  EXPECT_EQ(Shortened("unroll the inner loop", 16), "unroll the...");
  EXPECT_EQ(Shortened("one\ntwo\x1b three", 40), "one two three");
  EXPECT_EQ(Shortened("abcdefghij", 7), "abcd...");
  // No character is cut in two.
  EXPECT_EQ(Shortened("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 8),
            "\xe2\x82\xac...");
}

}  // namespace
}  // namespace kernelevolve
