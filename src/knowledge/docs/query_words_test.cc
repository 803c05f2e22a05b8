#include "knowledge/docs/query_words.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

using Words = std::vector<std::string>;

TEST(QueryWords, KeepIdentifiersAndDropWhatEverySentenceHas) {
  EXPECT_EQ(QueryWords("k.cc:12:3: error: '_mm256_loadu_ps' is not in the "
                       "Scope; SCOPE 4096 x"),
            (Words{"cc", "_mm256_loadu_ps", "scope"}));
}

TEST(QueryWords, HostileTextIsACheapAndHarmlessQuery) {
  const Words words = QueryWords("a\"b OR NEAR(c) \x01\xff* ^x -y title:z");
  EXPECT_EQ(words, (Words{"near", "title"}));
  EXPECT_EQ(MatchAny(words), "\"near\" OR \"title\"");
  std::string endless;
  for (int i = 0; i < 100'000; ++i) endless += "w" + std::to_string(i) + " ";
  EXPECT_EQ(QueryWords(endless).size(), 48u);
  EXPECT_EQ(MatchAny({}), "");
}

}  // namespace
}  // namespace kernelevolve
