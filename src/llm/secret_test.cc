#include "llm/secret.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace kernelevolve {
namespace {

TEST(SecretTest, IsTakenOutOfText) {
  const Secret key("sk-abcdefghijklmnopqrstuvwxyz");
  EXPECT_EQ(key.RedactedFrom("a sk-abcdefghijklmnopqrstuvwxyz b"), "a [key] b");
  // Quoted in part.
  EXPECT_EQ(key.RedactedFrom("key sk-abcdefghi***wxyz"), "key [key]***wxyz");
  EXPECT_EQ(key.RedactedFrom("nothing"), "nothing");
}

TEST(SecretTest, PlaceholdersBlankNothing) {
  EXPECT_EQ(Secret("x").RedactedFrom("x marks"), "x marks");
  EXPECT_EQ(Secret().RedactedFrom("text"), "text");
}

TEST(SecretTest, HasNoWayToBePrinted) {
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::is_convertible_v<Secret, std::string_view>);
  EXPECT_EQ(Secret("abc").Reveal(), "abc");
}

}  // namespace
}  // namespace kernelevolve
