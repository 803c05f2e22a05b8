#include "core/toml.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

TEST(Toml, KeepsValuesAndLines) {
  const auto root = ParseToml(
      "a = 1\nb = [1.5, \"x\"]\n[t]\nc = true\n[[list]]\nd = 2\n[[list]]\n");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->Find("a")->integer, 1);
  EXPECT_EQ(root->Find("a")->real, 1);
  EXPECT_EQ(root->Find("b")->items[0].real, 1.5);
  EXPECT_EQ(root->Find("b")->items[1].text, "x");
  EXPECT_TRUE(root->Find("t")->Find("c")->boolean);
  EXPECT_EQ(root->Find("t")->Find("c")->line, 4);
  ASSERT_EQ(root->Find("list")->items.size(), 2u);
  EXPECT_EQ(root->Find("list")->items[1].line, 7);
  EXPECT_EQ(root->Find("absent"), nullptr);
}

TEST(Toml, MistakesHaveALine) {
  const auto root = ParseToml("a = 1\nb = = 2\n");
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().line, 2);
  EXPECT_FALSE(ParseToml("a = 1\na = 2\n"));
  EXPECT_FALSE(ParseToml("a = \"\xff\"\n"));
}

TEST(Toml, BeyondAsciiOnlyInStringsAndComments) {
  EXPECT_TRUE(ParseToml("\xef\xbb\xbf# ü\na = \"ü \\\" ü\"\nb = '\\ü'\n"));
  EXPECT_TRUE(ParseToml("a = \"\"\"\nü \"\" \\\"\"\"\"\nb = '''\nü'''\n"));
  EXPECT_EQ(ParseToml("\"größe\" = 1\n")->Find("größe")->integer, 1);
  EXPECT_EQ(ParseToml("a = 'ü@40@'\n")->Find("a")->text, "ü@40@");
  EXPECT_EQ(ParseToml("a = \"\\u00fc\"\n")->Find("a")->text, "ü");
  EXPECT_FALSE(ParseToml("a = \"\\u0040\"\n"));
  EXPECT_FALSE(ParseToml("a@ = 1\n"));
  const auto root = ParseToml("a = 1\ngröße = 2\n");
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().line, 2);
  EXPECT_FALSE(ParseToml("a = 'x\nü = 1\n"));
  EXPECT_FALSE(ParseToml("a = 0\"ü\"\n"));
  EXPECT_TRUE(ParseToml("a = ['x',\"y\", {'k'.\"l\"=''}]\n'b'=1\n"));
}

TEST(Toml, HostileTextIsRefused) {
  EXPECT_FALSE(ParseToml(std::string(300 << 10, '#')));
  EXPECT_FALSE(ParseToml("a = " + std::string(50000, '[')));
  std::string dotted = "[a";
  for (int i = 0; i < 50000; ++i) dotted += ".a";
  EXPECT_FALSE(ParseToml(dotted + "]\n"));
  std::string deep = "[a";
  for (int i = 0; i < 2000; ++i) deep += ".a";
  EXPECT_FALSE(ParseToml(deep + "]\n"));
}

}  // namespace
}  // namespace kernelevolve
