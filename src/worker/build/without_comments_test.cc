#include "worker/build/without_comments.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

TEST(WithoutComments, ABlankStandsForEach) {
  EXPECT_EQ(WithoutComments("a /* b */ c // d\ne/**/f"), "a   c  \ne f");
}

TEST(WithoutComments, LinesThatACommentJoinsAreOne) {
  EXPECT_EQ(WithoutComments("#include /*\n*/ <x>\n"), "#include   <x>\n");
}

TEST(WithoutComments, LiteralsAreNone) {
  const char* const kinds[] = {"\"/* \\\" */\"", "'\"' + '\\'' + L'/'", "1'000'000 / 2",
                               "#include <a/b.h>\n", "x = a/ *b", "\"//\""};
  for (const char* text : kinds) EXPECT_EQ(WithoutComments(text), text);
}

// The text that a compiler sees may be another one.
TEST(WithoutComments, NothingWhereThereIsDoubt) {
  for (const char* text :
       {"R\"(/*)\"", "a\\\nb", "a\\ \nb", "a\\", "?\?/", "it's", "'ab'", "\"open\n\"",
        "/* open", "#include <a/*b>", "#include <a//b>", "#include \"a\\b\"",
        "#include <it's>", "#embed <a/*b>", "#ident \"x\"", "#pragma x <a>",
        "#if __has_include(<a>)", "import <a>;", "1''0", "0x1e+'0'", "a\rb", "a\fb",
        "\\u0052", "\xc3\xa9"})
    EXPECT_FALSE(WithoutComments(text)) << text;
}

TEST(WithoutComments, AnyTextMayStandInComments) {
  EXPECT_EQ(WithoutComments("// it's \xc3\xa9 `x`\n"), " \n");
}

// A slash cannot both begin and end one.
TEST(WithoutComments, TheShortestHasFourCharacters) {
  EXPECT_EQ(WithoutComments("/*/ a */b"), " b");
  EXPECT_EQ(WithoutComments("/**/b"), " b");
}

}  // namespace
}  // namespace kernelevolve::worker
