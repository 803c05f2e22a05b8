// What the self-test sees by looking at a running program from outside.
#pragma once

#include <vector>

#include "wire/messages.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

// Namespaces, capabilities, privileges and filter of the program `pid`.
std::vector<wire::SandboxLayer> InspectProgram(pid_t pid,
                                               const SandboxFacts& facts);

// The value of "name:" in the text of /proc/PID/status, "" if absent.
std::string StatusField(const std::string& status, const std::string& name);

}  // namespace kernelevolve::worker
