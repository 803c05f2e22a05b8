// StepOrder: the order in which the steps of a recorded run ended, and how many
// had been begun by then. With several on their way at once it decides the
// tree, and answers that are recorded come in another.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "llm/recording.h"

namespace kernelevolve {

// The ends of the part of a recording in which a run of so many nodes goes on,
// up to the node with which the next part began. None where the run is not at
// that part's beginning, or the recording does not say.
std::vector<StepEnd> EndsOfPart(const Recording& recording, int64_t nodes);

// Owned by the campaign's thread.
class StepOrder {
 public:
  StepOrder() = default;
  explicit StepOrder(std::vector<StepEnd> ends)
      : ends_(ends.begin(), ends.end()) {}

  // Nothing (more) is known: steps begin and end as they come.
  bool over() const { return ends_.empty(); }
  // How many steps are begun before the next end; -1: unknown.
  int64_t begun() const { return over() ? -1 : ends_.front().begun; }
  // Whether such a step is to be begun: one that was on its way when the part
  // ended has no answer in it.
  // A step that nobody asked for is known by its candidate.
  bool Ends(int64_t step, const std::string& candidate) const;
  // Whether nothing came of it, as where another step had the same kernel first.
  bool Drops(int64_t step) const;
  // Whether its end is the next.
  bool IsNext(int64_t step, const std::string& candidate) const;
  void Ended(int64_t step, const std::string& candidate);
  // The run has gone another way.
  void GiveUp() { ends_.clear(); }

 private:
  std::deque<StepEnd> ends_;
};

}  // namespace kernelevolve
