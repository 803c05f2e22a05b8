// A run and its nodes, for people.
#pragma once

#include <string>

#include "cli/summary_text.h"
#include "engine/finished_run.h"

namespace kernelevolve::cli {

// What it is called where lines are short: description or label.
std::string NodeName(const Node& node);

// Summary, lineage of the best, and the best of the search.
std::string RunText(const FinishedRun& run, const RunCommands& commands);

// The accepted nodes, best first by the search stage, at most ten.
std::vector<const Node*> BestOfSearch(const FinishedRun& run);

}  // namespace kernelevolve::cli
