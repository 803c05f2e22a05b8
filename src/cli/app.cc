#include "cli/app.h"

#include "base/format.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_code.h"

namespace kernelevolve::cli {
namespace {

constexpr const char* kVersion = "0.1.0";

std::string Overview() {
  std::string text =
      "kernelevolve: search for a faster kernel that is proven right\n\n";
  for (const Command& command : Commands())
    text += format("  {:<9}  {}\n", command.name, command.summary);
  return text +
         "\nkernelevolve COMMAND --help explains one.\n\n"
         "Example:\n  kernelevolve optimize softmax --minutes 2\n\n"
         "Exit codes: 0 done or accepted, 1 rejected or nothing found, 2 wrong "
         "usage or\nbad input, 3 something is missing here (the message says how "
         "to get it), 4 broken.\n";
}

std::vector<std::string> CommandNames() {
  std::vector<std::string> names;
  for (const Command& command : Commands()) names.push_back(command.name);
  return names;
}

int Complain(const std::string& message, Session& session) {
  session.console.Err(
      format("kernelevolve: {}\n", Sanitize(message, 16 << 10)));
  return kUsage;
}

int RunCommandByName(const Command& command, const Arguments& arguments,
                     Session& session) {
  const Result<int> result = command.run(arguments, session);
  if (result) return *result;
  Complain(result.error().message, session);
  return ExitCodeOf(result.error());
}

}  // namespace

const std::vector<Command>& Commands() {
  static const std::vector<Command> kCommands = {
      {"optimize", "search for a faster kernel for a task", RunOptimize},
      {"evaluate", "judge kernels of yours: right or not, and how fast",
       RunEvaluate},
      {"import", "make tasks out of KernelBench files", RunImport},
      {"task", "list, check or start a task", RunTask},
      {"runs", "list the runs in ./runs", RunRuns},
      {"show", "what a run found, or one of its nodes", RunShow},
      {"diff", "compare two nodes", RunDiff},
      {"export", "a run's kernel as a folder that builds anywhere", RunExport},
      {"verify", "judge stored results and exports again, here and now",
       RunVerify},
      {"kb", "lint, search and extend the knowledge base", RunKb},
      {"mcp", "serve a coding agent, which then drives the search", RunMcp},
      {"bench", "how fast judge and search themselves are", RunBench},
      {"gauntlet", "judge kernels that cheat, and honest ones that look it",
       RunGauntlet},
      {"doctor", "what this machine has and lacks", RunDoctor},
  };
  return kCommands;
}

int RunApp(const std::vector<std::string>& arguments, Session& session) {
  const std::string name = arguments.empty() ? "--help" : arguments.front();
  if (name == "--help" || name == "-h" || name == "help") {
    session.console.Out(Overview());
    return arguments.empty() ? kUsage : kDone;
  }
  if (name == "--version") {
    session.console.Out(format("kernelevolve {}\n", kVersion));
    return kDone;
  }
  for (const Command& command : Commands())
    if (name == command.name)
      return RunCommandByName(command, {arguments.begin() + 1, arguments.end()},
                              session);
  const std::string near = Nearest(name, CommandNames());
  return Complain(format("unknown command '{}'; {}", name,
                         near.empty() ? "kernelevolve --help lists them"
                                      : "did you mean '" + near + "'?"),
                  session);
}

}  // namespace kernelevolve::cli
