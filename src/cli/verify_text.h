// What verify prints: one result, and all of them counted.
#pragma once

#include <string>
#include <vector>

#include "engine/verify.h"

namespace kernelevolve::cli {

// Two measurements under each other and what they come to. `whole`: all of
// today's verdict instead of its headline.
std::string VerifyText(const VerifyReport& report, bool whole);
Json VerifyJson(const VerifyReport& report);

// "5 results: 3 as recorded, 1 slower, 1 not run"; of several.
std::string VerifySummary(const std::vector<VerifyReport>& reports);

// The worst of them (cli/exit_code.h); a machine that could judge none lacks
// something.
int VerifyExitCode(const std::vector<VerifyReport>& reports);

}  // namespace kernelevolve::cli
