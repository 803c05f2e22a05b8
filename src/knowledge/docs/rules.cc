#include "knowledge/docs/rules.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string_view>

namespace kernelevolve {
namespace {

// What an exact match is worth. The error says most; words of free text
// (search.cc) stand between error and bottleneck.
constexpr double kError = 8, kBottleneck = 4, kLanguage = 4, kPlatform = 1,
                 kArch = 1, kPhase = 0.5, kFolder = 1, kKeyword = 1.5,
                 kMostKeywords = 3;
// Written for another class, phase or chip than the one at hand.
constexpr double kOtherBottleneck = -0.5, kOtherPhase = -0.75, kOtherArch = -2;
// Numbers to look up when something else has said what to do.
constexpr double kReference = -1;

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

// Words in small letters with one blank around each.
std::string Spaced(std::string_view text) {
  std::string spaced = " ";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '_')
      spaced += static_cast<char>(std::tolower(byte));
    else if (spaced.back() != ' ')
      spaced += ' ';
  }
  if (spaced.back() != ' ') spaced += ' ';
  return spaced;
}

// Single words are left to BM25, which knows how common each is.
bool IsPhrase(std::string_view keyword) {
  return keyword.find_first_of(" -_") != std::string_view::npos;
}

// What the folder is for.
bool IsKindFor(const Document& document, std::string_view phase) {
  const std::string_view path = document.path;
  const auto within = [&](std::string_view part) {
    return path.find(part) != std::string_view::npos;
  };
  if (phase == "repair") return within("debugging/");
  if (phase == "optimize")
    return within("optimization/") || within("performance/") ||
           // How a language says what makes a kernel fast.
           (within("languages/") && !document.bottlenecks.empty());
  return phase == "draft" && (within("constraints/") || within("languages/"));
}

void ScoreLists(const Document& document, const Situation& situation,
                std::vector<ScorePart>& parts) {
  const auto add = [&](const std::string& reason, double score) {
    parts.push_back({reason, score});
  };
  if (IsKindFor(document, situation.phase))
    add("folder for " + situation.phase, kFolder);
  if (document.path.find("/arch/") != std::string::npos &&
      (situation.phase == "repair" || situation.phase == "optimize"))
    add("reference", kReference);
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
    for (const std::string& keyword : document.keywords)
      ++documents_with_["keyword" + Spaced(keyword)];
    for (const std::string& platform : document.platforms)
      ++documents_with_["platform " + platform];
    for (const std::string& language : document.languages)
      ++documents_with_["language " + language];
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

void MetadataRules::ScoreSubject(const Document& document,
                                 const Situation& situation,
                                 std::vector<ScorePart>& parts) const {
  const auto add = [&](const std::string& word, double worth, size_t entries) {
    parts.push_back({word, worth * Rarity(word) * Share(entries)});
  };
  if (Has(document.platforms, situation.platform))
    add("platform " + situation.platform, kPlatform, document.platforms.size());
  if (Has(document.languages, situation.language))
    add("language " + situation.language, kLanguage, document.languages.size());
}

void MetadataRules::ScoreKeywords(const Document& document,
                                  const std::string& spaced_text,
                                  std::vector<ScorePart>& parts) const {
  double sum = 0;
  for (const std::string& keyword : document.keywords)
    if (IsPhrase(keyword) &&
        spaced_text.find(Spaced(keyword)) != std::string::npos)
      sum += kKeyword * Rarity("keyword" + Spaced(keyword));
  if (sum > 0) parts.push_back({"keywords", std::min(sum, kMostKeywords)});
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
  ScoreSubject(document, situation, parts);
  ScoreKeywords(document, Spaced(situation.text), parts);
  ScoreLists(document, situation, parts);
  return parts;
}

}  // namespace kernelevolve
