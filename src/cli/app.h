// App: finds the command the user named and runs it.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"

namespace kernelevolve::cli {

// Every command, in the order of the overview.
const std::vector<Command>& Commands();

// `arguments` without the program's own name. Answers with the exit code;
// errors have been printed.
int RunApp(const std::vector<std::string>& arguments, Session& session);

}  // namespace kernelevolve::cli
