// One function per subcommand, each in a file of its name.
#pragma once

#include "cli/session.h"

namespace kernelevolve::cli {

Result<int> RunOptimize(const Arguments& arguments, Session& session);
Result<int> RunEvaluate(const Arguments& arguments, Session& session);
Result<int> RunImport(const Arguments& arguments, Session& session);
Result<int> RunTask(const Arguments& arguments, Session& session);
Result<int> RunRuns(const Arguments& arguments, Session& session);
Result<int> RunShow(const Arguments& arguments, Session& session);
Result<int> RunDiff(const Arguments& arguments, Session& session);
Result<int> RunExport(const Arguments& arguments, Session& session);
Result<int> RunVerify(const Arguments& arguments, Session& session);
Result<int> RunKb(const Arguments& arguments, Session& session);
Result<int> RunDoctor(const Arguments& arguments, Session& session);
Result<int> RunBench(const Arguments& arguments, Session& session);
Result<int> RunGauntlet(const Arguments& arguments, Session& session);
Result<int> RunMcp(const Arguments& arguments, Session& session);

}  // namespace kernelevolve::cli
