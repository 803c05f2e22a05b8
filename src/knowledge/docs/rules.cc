#include "knowledge/docs/rules.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace kernelevolve {
namespace {

// What an exact match is worth. The error says most; words of free text
// (search.cc) stand between error and bottleneck.
constexpr double kError = 8, kBottleneck = 4, kArch = 1, kPlatform = 0.5,
                 kLanguage = 0.75, kPhase = 0.5;
// Written for another class, phase or chip than the one at hand.
constexpr double kOtherBottleneck = -1, kOtherPhase = -0.75, kOtherArch = -2;

bool Has(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Of a list of things that a document is about, each gets a smaller share.
double Share(size_t entries) {
  return 1 / std::sqrt(static_cast<double>(std::max<size_t>(entries, 1)));
}

// "sm_90a" is an "sm_90"; "sm_90" is none of "sm_9".
bool IsArch(const std::string& chip, const std::string& family) {
  return chip == family ||
         (chip.starts_with(family) && chip.size() == family.size() + 1 &&
          std::isalpha(static_cast<unsigned char>(chip.back())));
}

std::string WordOf(Code code) { return "error " + std::string(CodeName(code)); }

bool IsForAnother(const std::vector<std::string>& list,
                  const std::string& word) {
  return !word.empty() && !list.empty() && !Has(list, word);
}

void ScoreLists(const Document& document, const Situation& situation,
                std::vector<ScorePart>& parts) {
  const auto add = [&](const std::string& reason, double score) {
    parts.push_back({reason, score});
  };
  if (Has(document.platforms, situation.platform))
    add("platform " + situation.platform, kPlatform);
  if (Has(document.languages, situation.language))
    add("language " + situation.language,
        kLanguage * Share(document.languages.size()));
  if (Has(document.phases, situation.phase))
    add("phase " + situation.phase, kPhase);
  else if (!situation.phase.empty())
    add("another phase", kOtherPhase);
  if (situation.arch.empty() || document.archs.empty()) return;
  const bool fits = std::any_of(
      document.archs.begin(), document.archs.end(),
      [&](const std::string& arch) { return IsArch(situation.arch, arch); });
  add(fits ? "arch " + situation.arch : "another arch",
      fits ? kArch : kOtherArch);
}

}  // namespace

MetadataRules::MetadataRules(const std::vector<Document>& documents)
    : count_(static_cast<double>(documents.size())) {
  for (const Document& document : documents) {
    for (const Code code : document.errors) ++documents_with_[WordOf(code)];
    for (const std::string& bottleneck : document.bottlenecks)
      ++documents_with_["bottleneck " + bottleneck];
  }
}

// 1 for a word of one document, towards 0 for one that all have.
double MetadataRules::Rarity(const std::string& word) const {
  const auto found = documents_with_.find(word);
  if (found == documents_with_.end()) return 0;
  return std::log(1 + count_ / found->second) / std::log(1 + count_);
}

void MetadataRules::ScoreError(const Document& document,
                               const Situation& situation,
                               std::vector<ScorePart>& parts) const {
  if (!situation.error) return;
  const bool named = std::find(document.errors.begin(), document.errors.end(),
                               *situation.error) != document.errors.end();
  const std::string word = WordOf(*situation.error);
  if (named)
    parts.push_back(
        {word, kError * Rarity(word) * Share(document.errors.size())});
}

void MetadataRules::ScoreBottleneck(const Document& document,
                                    const Situation& situation,
                                    std::vector<ScorePart>& parts) const {
  if (situation.bottleneck.empty() || document.bottlenecks.empty()) return;
  const std::string word = "bottleneck " + situation.bottleneck;
  if (Has(document.bottlenecks, situation.bottleneck))
    parts.push_back({word, kBottleneck * Rarity(word) *
                               Share(document.bottlenecks.size())});
  else
    parts.push_back({"another bottleneck", kOtherBottleneck});
}

std::optional<std::vector<ScorePart>> MetadataRules::Score(
    const Document& document, const Situation& situation) const {
  if (IsForAnother(document.platforms, situation.platform) ||
      IsForAnother(document.languages, situation.language))
    return std::nullopt;
  std::vector<ScorePart> parts;
  ScoreError(document, situation, parts);
  ScoreBottleneck(document, situation, parts);
  ScoreLists(document, situation, parts);
  return parts;
}

}  // namespace kernelevolve
