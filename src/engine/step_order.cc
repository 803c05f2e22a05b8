#include "engine/step_order.h"

#include <algorithm>

namespace kernelevolve {
namespace {

bool IsOf(const StepEnd& end, int64_t step, const std::string& candidate) {
  if (end.step > 0 && step > 0) return end.step == step;
  return !candidate.empty() && end.candidate == candidate;
}

}  // namespace

std::vector<StepEnd> EndsOfPart(const Recording& recording, int64_t nodes) {
  const size_t at = recording.PartAt(nodes);
  const Recording::Part& part = recording.parts[at];
  if (part.nodes != nodes) return {};
  std::vector<StepEnd> ends = part.ends;
  if (at + 1 == recording.parts.size()) return ends;
  // What came after was lost in the interruption, and made again.
  const int64_t last = recording.parts[at + 1].nodes;
  ends.erase(std::find_if(ends.begin(), ends.end(),
                          [&](const StepEnd& end) { return end.node > last; }),
             ends.end());
  return ends;
}

bool StepOrder::Ends(int64_t step, const std::string& candidate) const {
  return std::any_of(
      ends_.begin(), ends_.end(),
      [&](const StepEnd& end) { return IsOf(end, step, candidate); });
}

bool StepOrder::Drops(int64_t step) const {
  return std::any_of(ends_.begin(), ends_.end(), [&](const StepEnd& end) {
    return end.node == 0 && end.step > 0 && end.step == step;
  });
}

bool StepOrder::IsNext(int64_t step, const std::string& candidate) const {
  return !over() && IsOf(ends_.front(), step, candidate);
}

void StepOrder::Ended(int64_t step, const std::string& candidate) {
  const auto found =
      std::find_if(ends_.begin(), ends_.end(), [&](const StepEnd& end) {
        return IsOf(end, step, candidate);
      });
  if (found != ends_.end()) ends_.erase(found);
}

}  // namespace kernelevolve
