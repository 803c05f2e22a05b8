// What a running search looks like, as pure functions of its progress.
#pragma once

#include <string>
#include <vector>

#include "engine/observer.h"
#include "engine/optimize.h"

namespace kernelevolve::cli {

// What stays the same while the run goes on.
struct ProgressHeading {
  std::string task, target, policy, proposer;
  std::string folder;  // as the user may type it
  RunBudget budget;
};

// The block of a terminal: five or six lines, the most telling part of each
// first, so that a narrow terminal cuts the least.
std::vector<std::string> ProgressBlock(const ProgressHeading& heading,
                                       const RunProgress& progress);

// The same on one line, for a log.
std::string ProgressLine(const RunProgress& progress);

// "WRONG_OUTPUT 12, TIMEOUT 3", the most frequent first; "" without any.
std::string FailuresText(const std::map<Code, int64_t>& failures);

// "[#######.....]  58 %"
std::string BarText(double fraction, int cells);

}  // namespace kernelevolve::cli
