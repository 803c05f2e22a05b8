// MetadataRules: how well a document's front matter answers a situation.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "knowledge/docs/document.h"
#include "knowledge/docs/situation.h"

namespace kernelevolve {

// One reason for a document's rank, for --explain.
struct ScorePart {
  std::string reason;
  double score = 0;
};

// Counts once how common each word of the front matter is: a match on a rare
// one says more. Immutable; safe to share between threads.
class MetadataRules {
 public:
  explicit MetadataRules(const std::vector<Document>& documents);

  // Nothing where the document is written for another platform or language.
  std::optional<std::vector<ScorePart>> Score(const Document& document,
                                              const Situation& situation) const;

 private:
  double Rarity(const std::string& word) const;
  void ScoreError(const Document& document, const Situation& situation,
                  std::vector<ScorePart>& parts) const;
  void ScoreBottleneck(const Document& document, const Situation& situation,
                       std::vector<ScorePart>& parts) const;
  void ScoreKeywords(const Document& document, const std::string& spaced_text,
                     std::vector<ScorePart>& parts) const;
  void ScoreSubject(const Document& document, const Situation& situation,
                    std::vector<ScorePart>& parts) const;

  double count_ = 0;
  std::map<std::string, int> documents_with_;  // by word
};

}  // namespace kernelevolve
