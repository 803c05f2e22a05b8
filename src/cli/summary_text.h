// How a run ended, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "engine/run_summary.h"

namespace kernelevolve::cli {

// What the printed commands are made of: the words the user would type.
struct RunCommands {
  std::string program, task;
  std::string target;  // of the run: one, or several with commas between
  std::vector<std::string> shapes;  // of --shape
};

// Table of the winner, path of its kernel, the command that measures it again,
// and, where the run may go on, the one that resumes it.
std::string SummaryText(const RunSummary& summary, const RunCommands& commands);

// device_s, cpu_s, model_calls, tokens, dollars, model_s: of a run or a node.
Json CostJson(const Spending& spending, const JudgeTime& judging);

// The object with `event` = `done`.
Json SummaryJson(const RunSummary& summary, const RunCommands& commands);

}  // namespace kernelevolve::cli
