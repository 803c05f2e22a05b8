// LanguageMix: one search over several languages. Each language has a search of
// its own; a bandit says which of them takes the next step, by how its best
// kernel stands against the best of all and by what its steps lately gained.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "search/search.h"

namespace kernelevolve {

// Every language makes its drafts first, in turn. No language starves: a kernel
// that is slow now may be one good structure away. Pure, as every search.
class LanguageMix : public Search {
 public:
  struct Arm {
    std::string language;
    std::unique_ptr<Search> search;
    double best = 0;
    // Steps told after the drafts, and the log gains of the language's own
    // best; both fade.
    double steps = 0, gain = 0;
    int in_flight = 0;
    int drafts = 0;  // begun
    bool drafting = true;
  };

  LanguageMix(const SearchOptions& options, std::vector<Arm> arms);

  std::optional<Step> Ask() override;
  void Tell(const Step& step, const Outcome& outcome) override;
  void Abandon(const Step& step) override;
  void Correct(NodeId node, double fitness) override;
  SearchReport Report() const override;

 private:
  // What an inner search called a step that is in flight.
  struct Asked {
    size_t arm;
    Step inner;
    bool counts;  // among the steps that the bandit learns from
  };

  std::optional<size_t> NextToDraft() const;
  std::vector<size_t> ByScore() const;
  double Score(const Arm& arm) const;
  std::optional<Step> AskArm(size_t arm);
  size_t ArmOf(const std::string& language) const;
  bool Counts(const Step& step) const;
  void Learn(Arm& arm, double fitness);

  const SearchOptions options_;
  std::vector<Arm> arms_;
  std::map<int64_t, Asked> asked_;      // by our ticket
  std::map<NodeId, size_t> arm_of_;     // of told nodes
  int64_t next_ticket_ = 1;
};

// One search as MakeSearch makes it for a single language, else a mix. Steps
// carry the language.
Result<std::unique_ptr<Search>> MakeSearch(
    const SearchOptions& options, const std::vector<std::string>& languages);

}  // namespace kernelevolve
