// The benchmarks of `kernelevolve bench`, each in a file of its name.
#pragma once

#include "cli/session.h"

namespace kernelevolve::cli {

Result<int> RunBenchThroughput(const Arguments& arguments, Session& session);
Result<int> RunBenchStatistics(const Arguments& arguments, Session& session);
Result<int> RunBenchPolicies(const Arguments& arguments, Session& session);

}  // namespace kernelevolve::cli
