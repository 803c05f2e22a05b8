// What became of a case, and as text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/gauntlet/case_list.h"
#include "core/stored_result.h"

namespace kernelevolve::cli {

struct CaseResult {
  GauntletCase expected;
  std::string not_run;  // why, or ""
  std::optional<Evaluation> got;
  std::string wrong;    // what is wrong with it, or ""
  double seconds = 0;

  bool right() const { return got && wrong.empty(); }
};

// Says what is not as expected of a verdict, or "". `earlier` are the results so
// far, for cases that are compared with others; and once in a run a cheat that may be
// accepted if it gains nothing may have been too noisy to tell (judge.md 5.4).
std::string WhatIsWrong(const GauntletCase& expected, const Evaluation& got,
                        const std::vector<CaseResult>& earlier);

// "OUTPUT_NOT_WRITTEN", "WRONG_OUTPUT or UNINIT", "ACCEPT".
std::string ExpectedText(const GauntletCase& expected);

// One line of the table, and further ones where the verdict is wrong.
class GauntletTable {
 public:
  // The list decides how wide the columns are.
  explicit GauntletTable(const std::vector<GauntletCase>& cases);
  std::string Heading() const;
  std::string Row(const CaseResult& result) const;

 private:
  size_t name_ = 4, expected_ = 8;
};

// "37/37 adversarial, …" by lines, in how long, where, and what was not run, with the
// reasons.
std::string GauntletSummary(const std::vector<CaseResult>& results, double seconds,
                            const std::string& device);

// True if all that ran is right, and something ran.
bool AllRight(const std::vector<CaseResult>& results);

Json CaseJson(const CaseResult& result);
Json GauntletSummaryJson(const std::vector<CaseResult>& results,
                         const MachineRecord& machine);

}  // namespace kernelevolve::cli
