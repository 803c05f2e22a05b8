// Session: what a command works with besides its arguments.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/stop.h"
#include "cli/console.h"

namespace kernelevolve::cli {

// Made by main; everything in it outlives every command.
struct Session {
  Console& console;
  const StopCondition& stop;
  const Clock& clock;
  // The program as the user typed it, for the commands we print.
  std::string program = "kernelevolve";
};

// The words after the command's name.
using Arguments = std::vector<std::string>;

// One entry of the list in app.cc. `run` answers with an exit code; an Error
// is printed by the caller and mapped to one.
struct Command {
  const char* name;
  const char* summary;
  Result<int> (*run)(const Arguments& arguments, Session& session);
};

}  // namespace kernelevolve::cli
