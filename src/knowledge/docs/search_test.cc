#include "knowledge/docs/search.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/check.h"
#include "knowledge/docs/testing/sample_documents.h"

namespace kernelevolve {
namespace {

Recipe MakeRecipe(const std::string& language, const std::string& name,
                  const std::string& summary) {
  Recipe recipe;
  recipe.language = language;
  recipe.name = name;
  recipe.summary = summary;
  return recipe;
}

class KnowledgeSearchTest : public testing::Test {
 protected:
  KnowledgeSearchTest() {
    Add("guidance/debugging/guards.md", "Guard pages", {"repair"}).errors = {
        Code::kOob};
    Add("guidance/debugging/many.md", "Many errors", {"repair"}).errors = {
        Code::kOob, Code::kCrash, Code::kUninit, Code::kTimeout};
    Document& chains = Add("hardware/cpu/optimization/chains.md",
                           "Dependency chains", {"optimize"});
    chains.bottlenecks = {"latency"};
    chains.platforms = {"cpu"};
    Document& warps = Add("hardware/nvidia/optimization/warps.md",
                          "Warps hide latency", {"optimize"});
    warps.bottlenecks = {"latency"};
    warps.platforms = {"nvidia"};
    warps.archs = {"sm_90"};
    warps.languages = {"cuda"};
    Add("guidance/performance/tiles.md", "Tiles", {"optimize"}).bottlenecks = {
        "memory"};
  }

  Document& Add(const std::string& path, const std::string& title,
                std::vector<std::string> phases) {
    documents_.push_back(SampleDocument(path, title));
    documents_.back().phases = std::move(phases);
    return documents_.back();
  }

  const KnowledgeSearch& search() {
    if (!search_) {
      auto made = KnowledgeSearch::Create(
          DocumentIndex(documents_),
          {MakeRecipe("cpp", "softmax_staged", "row-wise softmax"),
           MakeRecipe("cpp", "matmul_panel", "matrix product"),
           MakeRecipe("cuda", "softmax_warp", "softmax, one warp a row")});
      CHECK(made.has_value());
      search_ = *std::move(made);
    }
    return *search_;
  }

  std::vector<std::string> Titles(const Situation& situation,
                                  Ranking ranking = Ranking::kFused) {
    KnowledgeSearchOptions options;
    options.ranking = ranking;
    const auto results = search().Search(situation, options);
    CHECK(results.has_value());
    std::vector<std::string> titles;
    for (const FoundDocument& found : results->documents)
      titles.push_back(found.document->title);
    return titles;
  }

  std::vector<Document> documents_;
  std::unique_ptr<KnowledgeSearch> search_;
};

using Texts = std::vector<std::string>;

TEST_F(KnowledgeSearchTest, ADocumentOfOneErrorBeforeOneOfMany) {
  Situation situation;
  situation.error = Code::kOob;
  EXPECT_EQ(Titles(situation), (Texts{"Guard pages", "Many errors"}));
}

TEST_F(KnowledgeSearchTest, NeverForAnotherPlatformOrLanguage) {
  Situation situation;
  situation.bottleneck = "latency";
  situation.platform = "cpu";
  EXPECT_EQ(Titles(situation).front(), "Dependency chains");
  situation.text = "warps hide latency";
  for (const std::string& title : Titles(situation))
    EXPECT_NE(title, "Warps hide latency");
  situation.platform = "nvidia";
  EXPECT_EQ(Titles(situation).front(), "Warps hide latency");
  situation.language = "triton";
  for (const std::string& title : Titles(situation))
    EXPECT_NE(title, "Warps hide latency");
}

TEST_F(KnowledgeSearchTest, AChipOfTheFamilyFitsAnotherDoesNot) {
  Situation situation;
  situation.bottleneck = "latency";
  situation.platform = "nvidia";
  const auto score = [&](const std::string& arch) {
    situation.arch = arch;
    const auto results = search().Search(situation);
    CHECK(results.has_value());
    for (const FoundDocument& found : results->documents)
      if (found.document->title == "Warps hide latency") return found.score;
    return 0.0;
  };
  EXPECT_EQ(score("sm_90a"), score("sm_90"));
  EXPECT_GT(score("sm_90"), score("sm_80"));
}

TEST_F(KnowledgeSearchTest, WordsDecideWhereRulesAreSilent) {
  Situation situation;
  situation.text = "how do I choose tiles?";
  EXPECT_EQ(Titles(situation).front(), "Tiles");
  EXPECT_EQ(Titles(situation, Ranking::kPlainText).front(), "Tiles");
  EXPECT_TRUE(Titles(situation, Ranking::kRules).empty());
}

TEST_F(KnowledgeSearchTest, AnOperatorIsFoundUnderItsOtherNames) {
  documents_[4].keywords = {"gemm"};
  Situation situation;
  situation.text = "matmul";
  EXPECT_EQ(Titles(situation), Texts{"Tiles"});
}

TEST_F(KnowledgeSearchTest, APhraseAmongTheKeywordsCountsForTheRules) {
  documents_[4].keywords = {"num_stages", "stages"};
  Situation situation;
  situation.text = "which num_stages?";
  EXPECT_EQ(Titles(situation, Ranking::kRules), Texts{"Tiles"});
  situation.text = "which num_stages_too?";
  EXPECT_TRUE(Titles(situation, Ranking::kRules).empty());
}

TEST_F(KnowledgeSearchTest, TheFolderSaysWhatADocumentIsFor) {
  Add("hardware/cpu/arch/core.md", "The core", {"optimize"}).bottlenecks = {
      "latency"};
  documents_.back().platforms = {"cpu"};
  Situation situation;
  situation.bottleneck = "latency";
  situation.platform = "cpu";
  situation.phase = "optimize";
  EXPECT_EQ(Titles(situation).front(), "Dependency chains");
}

TEST(Situation, EveryBottleneckAndMostVerdictsHaveWords) {
  for (const std::string& bottleneck : Vocabulary{}.bottlenecks)
    EXPECT_NE(WordsForBottleneck(bottleneck), bottleneck);
  EXPECT_NE(WordsFor(Code::kOob), "");
  EXPECT_EQ(WordsFor(Code::kOk), "");
  EXPECT_EQ(OtherNamesOf("vectorized"), "vectorised");
  EXPECT_EQ(OtherNamesOf("size"), "");
}

TEST_F(KnowledgeSearchTest, TheScoreIsTheSumOfItsParts) {
  Situation situation;
  situation.error = Code::kOob;
  situation.text = "guard page before x";
  const auto results = search().Search(situation);
  ASSERT_TRUE(results.has_value() && !results->documents.empty());
  for (const FoundDocument& found : results->documents) {
    double sum = 0;
    for (const ScorePart& part : found.parts) sum += part.score;
    EXPECT_EQ(sum, found.score);
  }
}

TEST_F(KnowledgeSearchTest, RecipesOfTheLanguageByOperator) {
  Situation situation;
  situation.language = "cpp";
  situation.text = "softmax";
  const auto results = search().Search(situation);
  ASSERT_TRUE(results.has_value());
  ASSERT_EQ(results->recipes.size(), 1u);
  EXPECT_EQ(results->recipes[0].recipe->name, "softmax_staged");
}

TEST_F(KnowledgeSearchTest, NothingKnownFindsNothing) {
  EXPECT_TRUE(Titles(Situation{}).empty());
}

TEST_F(KnowledgeSearchTest, ThreadsGetTheSameAnswer) {
  Situation situation;
  situation.text = "latency of chains";
  situation.platform = "cpu";
  const Texts expected = Titles(situation);
  std::vector<Texts> answers(4);
  {
    std::vector<std::jthread> threads;
    for (Texts& answer : answers)
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) answer = Titles(situation);
      });
  }
  for (const Texts& answer : answers) EXPECT_EQ(answer, expected);
}

TEST(KnowledgeSearch, AnEmptyFolderIsAnEmptySearch) {
  const Result<TempFolder> folder = TempFolder::Create("search");
  const auto search = KnowledgeSearch::Load(folder->path());
  ASSERT_TRUE(search.has_value());
  Situation situation;
  situation.text = "softmax";
  const auto results = (*search)->Search(situation);
  ASSERT_TRUE(results.has_value());
  EXPECT_TRUE(results->documents.empty() && results->recipes.empty());
}

}  // namespace
}  // namespace kernelevolve
