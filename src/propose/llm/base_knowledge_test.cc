#include "propose/llm/base_knowledge.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

class BaseKnowledgeTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto data = DataFolder();
    ASSERT_TRUE(data);
    auto knowledge = BaseKnowledge::Load(*data, "", {});
    ASSERT_TRUE(knowledge) << knowledge.error().message;
    knowledge_ = *std::move(knowledge);
  }

  const Situation situation_{"cpu", "",         "cpp", "memory",
                             "optimize", std::nullopt, "softmax"};
  std::unique_ptr<BaseKnowledge> knowledge_;
};

TEST_F(BaseKnowledgeTest, TheIndexBeginsWithWhatIsFound) {
  const auto found = knowledge_->Find(situation_, 3);
  const auto index = knowledge_->Index(situation_, 40);
  ASSERT_EQ(found.size(), 3u);
  ASSERT_GT(index.size(), 3u);
  EXPECT_LE(index.size(), 40u);
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_EQ(index[i].path, found[i].path);
  EXPECT_FALSE(index[0].summary.empty());
}

TEST_F(BaseKnowledgeTest, OpensWhatIsInTheIndexAndNothingElse) {
  const auto index = knowledge_->Index(situation_, 40);
  ASSERT_FALSE(index.empty());
  const auto opened = knowledge_->Open(
      {"../README.md", "/etc/passwd", index.back().path}, situation_);
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_EQ(opened[0].path, index.back().path);
  EXPECT_FALSE(opened[0].text.empty());
}

}  // namespace
}  // namespace kernelevolve
