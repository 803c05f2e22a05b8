#include "propose/llm/deep_search.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "propose/llm/testing/author_test.h"

namespace kernelevolve {
namespace {

class DeepSearchTest : public AuthorTest {
 protected:
  std::string Found(size_t limit = 4) {
    std::vector<std::string> paths;
    for (const KnowledgeExcerpt& excerpt :
         ModelDeepSearch(knowledge_).Find(situation_, limit, 7, conversation_))
      paths.push_back(excerpt.path);
    return Join(paths, " ");
  }

  Situation situation_{"cpu", "", "cpp", "memory", "optimize", {}, "softmax"};
};

TEST_F(DeepSearchTest, OpensWhatTheModelNamesInItsOrder) {
  model_.Say(R"({"paths": ["c.md", "a.md"]})");
  EXPECT_EQ(Found(), "c.md a.md");
  ASSERT_EQ(model_.asked.size(), 1u);
  const std::string& prompt = model_.asked[0].messages[1].text;
  EXPECT_NE(prompt.find("- b.md: Streams. How to store them"),
            std::string::npos);
  EXPECT_NE(prompt.find("Bottleneck: memory"), std::string::npos);
  EXPECT_EQ(conversation_.TakeRecords()[0].purpose, "search");
  EXPECT_EQ(model_.asked[0].seed, 7);
  EXPECT_EQ(model_.asked[0].asker, "search");
}

TEST_F(DeepSearchTest, UnknownPathsAreDropped) {
  model_.Say(R"({"paths": ["/etc/passwd", "../x.md", 7, "b.md", "b.md"]})");
  EXPECT_EQ(Found(), "b.md");
}

TEST_F(DeepSearchTest, NoMoreThanWasAskedFor) {
  model_.Say(R"({"paths": ["a.md", "b.md", "c.md"]})");
  EXPECT_EQ(Found(2), "a.md b.md");
}

TEST_F(DeepSearchTest, TheRulesDecideWhereTheModelDoesNot) {
  for (const char* answer : {"", "no idea", R"({"paths": []})",
                             R"({"paths": "a.md"})", R"({"paths": ["z.md"]})",
                             R"({"paths": ["a.md")"}) {
    model_.Say(answer);
    EXPECT_EQ(Found(), "a.md b.md c.md") << answer;
  }
  model_.Fail(ChatErrorKind::kOverloaded, "busy");
  EXPECT_EQ(Found(), "a.md b.md c.md");
}

}  // namespace
}  // namespace kernelevolve
