// RandomSearch: the measure every policy must beat. Each step is a draft, a
// child of a random working node, or random values for one, with equal chances.
#pragma once

#include <vector>

#include "base/random.h"
#include "search/search.h"

namespace kernelevolve {

class RandomSearch : public Search {
 public:
  explicit RandomSearch(const SearchOptions& options)
      : options_(options), random_(options.seed) {}

  std::optional<Step> Ask() override;
  void Tell(const Step& step, const Outcome& outcome) override;
  void Abandon(const Step&) override {}
  void Correct(NodeId, double) override {}
  SearchReport Report() const override { return report_; }

 private:
  ParameterValues RandomValues(const TuneSpace& space);

  const SearchOptions options_;
  Random random_;
  int64_t tickets_ = 0;
  int drafts_ = 0;
  std::vector<Outcome> working_;
  SearchReport report_;
};

}  // namespace kernelevolve
