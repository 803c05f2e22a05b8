#include "knowledge/docs/new_document.h"

#include <gtest/gtest.h>

#include "base/check.h"
#include "knowledge/docs/document_parser.h"
#include "knowledge/docs/lint.h"
#include "knowledge/docs/testing/sample_documents.h"

namespace kernelevolve {
namespace {

TEST(NewDocument, NamesAreMadeOfTitles) {
  EXPECT_EQ(SnakeCase("Stream stores, past the cache!"),
            "stream_stores_past_the_cache");
  EXPECT_EQ(SnakeCase("../../etc"), "etc");
  EXPECT_EQ(SnakeCase("…"), "");
  EXPECT_LE(SnakeCase(std::string(500, 'x')).size(), 60u);
}

TEST(NewDocument, ItsFrontMatterIsValidAndItsFolderSaysWhatItIsAbout) {
  Document document;
  document.title = "Streaming \"stores\"";
  ASSERT_TRUE(
      CompleteNewDocument("hardware/cpu/optimization", Vocabulary{}, document));
  EXPECT_EQ(document.path, "hardware/cpu/optimization/streaming_stores.md");
  EXPECT_EQ(document.platforms, std::vector<std::string>{"cpu"});
  const ParsedDocument parsed =
      ParseDocument(DocumentText(document), document.path, Vocabulary{});
  EXPECT_TRUE(parsed.diagnostics.empty());
  EXPECT_EQ(parsed.document.title, document.title);
}

TEST(NewDocument, LintWantsItWritten) {
  const Result<TempFolder> folder = TempFolder::Create("new-document");
  Document document;
  document.title = "A";
  ASSERT_TRUE(CompleteNewDocument("constraints", Vocabulary{}, document));
  WriteDocuments({document}, folder->path());
  const auto problems = LintKnowledge(folder->path());
  ASSERT_TRUE(problems.has_value());
  EXPECT_EQ(problems->size(), 5u);  // summary, source, three in the body
  for (const Diagnostic& problem : *problems)
    EXPECT_EQ(problem.found, "\"TO BE WRITTEN\"") << problem.ToString();
}

TEST(NewDocument, AnotherFolderOrNoNameIsRefused) {
  Document document;
  document.title = "A";
  EXPECT_FALSE(CompleteNewDocument("../constraints", Vocabulary{}, document));
  document.title = "?";
  EXPECT_FALSE(CompleteNewDocument("constraints", Vocabulary{}, document));
}

}  // namespace
}  // namespace kernelevolve
