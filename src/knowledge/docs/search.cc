#include "knowledge/docs/search.h"

#include <algorithm>

#include "base/text.h"
#include "knowledge/docs/query_words.h"
#include "knowledge/recipe_index.h"

namespace kernelevolve {
namespace {

// What stands in a title was put there to be found.
constexpr TextTable::Weights kColumns = {6, 4, 5, 1};
constexpr TextTable::Weights kPlainColumns = {1, 1, 1, 1};
// What the best match is worth in the scale of rules.cc: of the situation's own
// words, of those that belong to its verdict and phase, and of those that
// belong to its bottleneck, which the rules have counted already.
constexpr double kOwnWords = 5, kImpliedWords = 2.5, kBottleneckWords = 1;

std::string ImpliedText(const Situation& situation) {
  return (situation.error ? WordsFor(*situation.error) + " " : "") +
         WordsForPhase(situation.phase);
}

// The situation's own words, each with its other names.
std::vector<std::string> OwnWords(const Situation& situation) {
  std::string text;
  for (const std::string& word : QueryWords(situation.text))
    text += word + " " + OtherNamesOf(word) + " ";
  return QueryWords(text, 2 * kMaxQueryWords);
}

// All that is known as one text, for rankings that know no fields.
std::string WholeText(const Situation& situation) {
  std::string text;
  for (const std::string* field :
       {&situation.platform, &situation.arch, &situation.language,
        &situation.bottleneck, &situation.phase})
    text += *field + " ";
  if (situation.error)
    text += ReplaceAll(CodeName(*situation.error), "_", " ") + " ";
  return text + situation.text;
}

TextRow RowOf(const Document& document) {
  return {document.title, document.summary, Join(document.keywords, "; "),
          document.body};
}

TextRow RowOf(const Recipe& recipe) {
  return {ReplaceAll(recipe.name, "_", " "), recipe.summary,
          Join(recipe.calls, " "), ""};
}

template <typename Item>
std::vector<TextRow> RowsOf(const std::vector<Item>& items) {
  std::vector<TextRow> rows;
  for (const Item& item : items) rows.push_back(RowOf(item));
  return rows;
}

// Best first, those without any merit dropped. The order that `found` has
// breaks ties.
template <typename Found>
void Rank(std::vector<Found>& found, size_t limit) {
  std::erase_if(found, [](const Found& each) { return each.score <= 0; });
  std::stable_sort(
      found.begin(), found.end(),
      [](const Found& a, const Found& b) { return a.score > b.score; });
  if (found.size() > limit) found.resize(limit);
}

std::vector<std::string> RecipeLanguages(const fs::path& data) {
  std::vector<std::string> languages;
  std::error_code error;
  for (fs::directory_iterator it(data / "knowledge" / "recipes", error), end;
       !error && it != end; it.increment(error))
    if (it->is_directory(error))
      languages.push_back(it->path().filename().string());
  std::sort(languages.begin(), languages.end());
  return languages;
}

}  // namespace

KnowledgeSearch::KnowledgeSearch(DocumentIndex index,
                                 std::vector<Recipe> recipes)
    : index_(std::move(index)),
      recipes_(std::move(recipes)),
      rules_(index_.documents()) {}

Result<std::unique_ptr<KnowledgeSearch>> KnowledgeSearch::Load(
    const fs::path& data) {
  ASSIGN_OR_RETURN(DocumentIndex index,
                   DocumentIndex::Load(data / "knowledge"));
  std::vector<Recipe> recipes;
  for (const std::string& language : RecipeLanguages(data)) {
    ASSIGN_OR_RETURN(const RecipeIndex of_language,
                     RecipeIndex::Load(data, language));
    recipes.insert(recipes.end(), of_language.recipes().begin(),
                   of_language.recipes().end());
  }
  return Create(std::move(index), std::move(recipes));
}

Result<std::unique_ptr<KnowledgeSearch>> KnowledgeSearch::Create(
    DocumentIndex index, std::vector<Recipe> recipes) {
  std::unique_ptr<KnowledgeSearch> search(
      new KnowledgeSearch(std::move(index), std::move(recipes)));
  ASSIGN_OR_RETURN(search->documents_text_,
                   TextTable::Create(RowsOf(search->index_.documents())));
  ASSIGN_OR_RETURN(search->recipes_text_,
                   TextTable::Create(RowsOf(search->recipes_)));
  return search;
}

Status KnowledgeSearch::AddText(const Situation& situation,
                                std::vector<FoundDocument>& found) const {
  struct Query {
    const char* reason;
    std::vector<std::string> words;
    double worth;
  };
  for (const auto& [reason, words, worth] :
       {Query{"own words", OwnWords(situation), kOwnWords},
        Query{"implied words", QueryWords(ImpliedText(situation)),
              kImpliedWords},
        Query{"bottleneck's words",
              QueryWords(WordsForBottleneck(situation.bottleneck)),
              kBottleneckWords}}) {
    ASSIGN_OR_RETURN(const std::vector<double> bm25,
                     documents_text_->Score(words, kColumns));
    const auto of = [&](const FoundDocument& each) {
      return bm25[static_cast<size_t>(each.document -
                                      index_.documents().data())];
    };
    double best = 0;
    for (const FoundDocument& each : found) best = std::max(best, of(each));
    for (FoundDocument& each : found)
      if (of(each) > 0) each.parts.push_back({reason, worth * of(each) / best});
  }
  return {};
}

Result<std::vector<FoundDocument>> KnowledgeSearch::Fused(
    const Situation& situation, bool with_text) const {
  std::vector<FoundDocument> found;
  for (const Document& document : index_.documents())
    if (auto parts = rules_.Score(document, situation))
      found.push_back({&document, 0, *std::move(parts)});
  if (with_text) RETURN_IF_ERROR(AddText(situation, found));
  for (FoundDocument& each : found)
    for (const ScorePart& part : each.parts) each.score += part.score;
  return found;
}

Result<std::vector<FoundDocument>> KnowledgeSearch::ByText(
    const Situation& situation, const TextTable::Weights& weights) const {
  ASSIGN_OR_RETURN(
      const std::vector<double> bm25,
      documents_text_->Score(QueryWords(WholeText(situation)), weights));
  std::vector<FoundDocument> found;
  for (size_t i = 0; i < bm25.size(); ++i)
    found.push_back({&index_.documents()[i], bm25[i], {{"words", bm25[i]}}});
  return found;
}

Result<std::vector<FoundRecipe>> KnowledgeSearch::Recipes(
    const Situation& situation) const {
  ASSIGN_OR_RETURN(const std::vector<double> bm25,
                   recipes_text_->Score(OwnWords(situation), kColumns));
  std::vector<FoundRecipe> found;
  for (size_t i = 0; i < bm25.size(); ++i)
    if (situation.language.empty() ||
        recipes_[i].language == situation.language)
      found.push_back({&recipes_[i], bm25[i]});
  return found;
}

Result<SearchResults> KnowledgeSearch::Search(
    const Situation& situation, const KnowledgeSearchOptions& options) const {
  SearchResults results;
  switch (options.ranking) {
    case Ranking::kFused:
    case Ranking::kRules: {
      ASSIGN_OR_RETURN(results.documents,
                       Fused(situation, options.ranking == Ranking::kFused));
      break;
    }
    case Ranking::kText:
    case Ranking::kPlainText: {
      const bool plain = options.ranking == Ranking::kPlainText;
      ASSIGN_OR_RETURN(results.documents,
                       ByText(situation, plain ? kPlainColumns : kColumns));
      break;
    }
  }
  ASSIGN_OR_RETURN(results.recipes, Recipes(situation));
  Rank(results.documents, options.documents);
  Rank(results.recipes, options.recipes);
  return results;
}

}  // namespace kernelevolve
