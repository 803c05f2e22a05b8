// A stored result against today's: does it still hold, and if not, why likely.
// Pure: it sees two records and measures nothing.
#pragma once

#include <string>
#include <vector>

#include "core/stored_result.h"

namespace kernelevolve {

enum class Outcome {
  kAsRecorded,   // the intervals meet, or refused for the same reason
  kFaster,       // beyond both intervals, and by more than they can tell apart
  kSlower,       // likewise
  kNotRight,     // was accepted, and is refused now
  kOtherVerdict, // was refused, and the verdict is another one now
  kUndecided,    // today gave no usable numbers
  kJudgeFailed,
  kNotRun,       // this machine cannot: no such device, another CPU
  kUnreadable,   // what is stored does not say enough, or was changed
};
std::string_view OutcomeName(Outcome outcome);  // "as recorded", "slower", …

struct Comparison {
  Outcome outcome = Outcome::kUndecided;
  // Both say who judged, and it was the same kind of device: a difference is
  // the kernel's or its surroundings', not the machine's.
  bool same_kind = false;
  // For people; "" or empty where there is nothing to tell.
  std::string reason;  // why it was not run, undecided or unreadable
  std::string moved;   // kernel or baseline, and by how much
  std::vector<std::string> differs;  // recorded and not the same, likeliest first

  // Whether somebody has to look: not for another machine's being slower.
  bool failed() const;
};

// `today` is of the same kernel. Either may be of any stage. Differences within
// ± `margin` (measure/decision.h) are of no account on this kind of device.
Comparison Compare(const StoredResult& recorded, const StoredResult& today,
                   double margin);

// One sentence for people; what differs is told where it explains something.
std::string ConclusionText(const Comparison& comparison,
                           const StoredResult& recorded,
                           const Evaluation& today);

}  // namespace kernelevolve
