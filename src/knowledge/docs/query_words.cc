#include "knowledge/docs/query_words.h"

#include <algorithm>
#include <array>
#include <set>

namespace kernelevolve {
namespace {

// Those of compilers' messages among them.
constexpr std::array<std::string_view, 60> kCommon = {
    "an",   "and",   "are",  "as",   "at",    "be",      "but",  "by",
    "can",  "do",    "does", "each", "error", "for",     "from", "get",
    "had",  "has",   "have", "here", "how",   "if",      "in",   "into",
    "is",   "it",    "its",  "just", "may",   "must",    "no",   "not",
    "note", "of",    "on",   "one",  "or",    "other",   "out",  "should",
    "so",   "such",  "than", "that", "the",   "their",   "then", "there",
    "this", "to",    "up",   "use",  "very",  "warning", "was",  "what",
    "when", "which", "will", "with"};

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

bool IsUseful(std::string_view word) {
  const bool letter = std::any_of(word.begin(), word.end(),
                                  [](char c) { return c >= 'a' && c <= 'z'; });
  return word.size() >= 2 && word.size() <= 64 && letter &&
         !std::binary_search(kCommon.begin(), kCommon.end(), word);
}

}  // namespace

std::vector<std::string> QueryWords(std::string_view text, size_t limit) {
  std::vector<std::string> words;
  std::set<std::string> seen;
  for (size_t i = 0; i < text.size() && words.size() < limit;) {
    size_t end = i;
    while (end < text.size() && IsWordCharacter(text[end])) ++end;
    std::string word(text.substr(i, end - i));
    std::transform(word.begin(), word.end(), word.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (IsUseful(word) && seen.insert(word).second)
      words.push_back(std::move(word));
    i = end + 1;
  }
  return words;
}

std::string MatchAny(const std::vector<std::string>& words) {
  std::string expression;
  for (const std::string& word : words) {
    if (!expression.empty()) expression += " OR ";
    expression += "\"" + word + "\"";
  }
  return expression;
}

}  // namespace kernelevolve
