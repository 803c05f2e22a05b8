// kernelevolve bench
#include "cli/bench.h"

#include "base/format.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_code.h"

namespace kernelevolve::cli {
namespace {

std::string BenchHelp() {
  return "kernelevolve bench: how fast judge and search themselves are\n\n"
         "  throughput [TASK]  time from source to search-stage verdict\n"
         "  policies           compare search policies on generated worlds\n"
         "  statistics         what our intervals are worth, by simulation\n\n"
         "kernelevolve bench WORD --help explains one.\n\n"
         "Example:\n  kernelevolve bench throughput softmax\n";
}

}  // namespace

Result<int> RunBench(const Arguments& arguments, Session& session) {
  const std::string word = arguments.empty() ? "" : arguments.front();
  const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1),
                       arguments.end());
  if (word == "throughput") return RunBenchThroughput(rest, session);
  if (word == "policies") return RunBenchPolicies(rest, session);
  if (word == "statistics") return RunBenchStatistics(rest, session);
  if (word == "--help" || word == "-h")
    return session.console.Out(BenchHelp()), kDone;
  const std::string near = Nearest(word, {"throughput", "policies", "statistics"});
  return BadInput(format("bench: found '{}', expected throughput, policies or "
                         "statistics{}", word,
                         near.empty() ? "" : "; did you mean " + near + "?"));
}

}  // namespace kernelevolve::cli
