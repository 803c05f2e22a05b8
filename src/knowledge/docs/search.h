// KnowledgeSearch: a situation → the documents and recipes to read.
//
// Rules over the front matter come first, BM25 over the words second; both are
// summed into one ranking that is the same on every machine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "knowledge/docs/document_index.h"
#include "knowledge/docs/rules.h"
#include "knowledge/docs/situation.h"
#include "knowledge/docs/text_table.h"
#include "knowledge/recipe.h"

namespace kernelevolve {

enum class Ranking {
  kFused,
  kRules,      // front matter alone
  kText,       // BM25 with our weights of columns, over all that is known
  kPlainText,  // BM25 as it comes, over all that is known
};

struct KnowledgeSearchOptions {
  size_t documents = 5, recipes = 3;  // at most
  Ranking ranking = Ranking::kFused;
};

struct FoundDocument {
  const Document* document = nullptr;  // owned by the search
  double score = 0;
  std::vector<ScorePart> parts;
};

struct FoundRecipe {
  const Recipe* recipe = nullptr;  // owned by the search
  double score = 0;
};

// Best first; ties in the order of paths and names.
struct SearchResults {
  std::vector<FoundDocument> documents;
  std::vector<FoundRecipe> recipes;  // of the situation's language
};

// Owned by whoever asks; immutable once made, safe to share between threads.
class KnowledgeSearch {
 public:
  // Everything under data/knowledge. Malformed files are left out.
  static Result<std::unique_ptr<KnowledgeSearch>> Load(const fs::path& data);
  static Result<std::unique_ptr<KnowledgeSearch>> Create(
      DocumentIndex index, std::vector<Recipe> recipes);

  const DocumentIndex& index() const { return index_; }
  Result<SearchResults> Search(
      const Situation& situation,
      const KnowledgeSearchOptions& options = {}) const;

 private:
  KnowledgeSearch(DocumentIndex index, std::vector<Recipe> recipes);
  Result<std::vector<FoundDocument>> Fused(const Situation& situation,
                                           bool with_text) const;
  Result<std::vector<FoundDocument>> ByText(
      const Situation& situation, const TextTable::Weights& weights) const;
  Status AddText(const Situation& situation,
                 std::vector<FoundDocument>& found) const;
  Result<std::vector<FoundRecipe>> Recipes(const Situation& situation) const;

  DocumentIndex index_;
  std::vector<Recipe> recipes_;
  MetadataRules rules_;
  std::unique_ptr<TextTable> documents_text_, recipes_text_;
};

}  // namespace kernelevolve
