// What a machine has and lacks, one finding per part.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "base/stop.h"

namespace kernelevolve::cli {

struct HealthFinding {
  std::string group, name;
  bool present = false;
  std::string detail;     // version, path, or what is wrong
  std::string fix;        // how to get it
  bool required = false;  // without it `optimize` cannot run on this CPU
};

using HealthFindings = std::vector<HealthFinding>;

// Machine and tools; cheap, starts a few short commands.
HealthFindings CheckMachine();
HealthFindings CheckToolchains(const StopCondition& stop);
HealthFindings CheckBaselineLibraries(const StopCondition& stop);
HealthFindings CheckPython(const StopCondition& stop);
HealthFindings CheckDevices();
// Which providers of models have a key here; asks no server.
HealthFindings CheckModels();
// Asks the worker for its self-test of the sandbox.
HealthFindings CheckSandbox(const StopCondition& stop);

// The worker's answer to `self-test --json`.
HealthFindings SandboxFindings(const Json& layers);

// For people: what holds of the sandbox on one line, what does not by name.
HealthFindings WithWorkingLayersAsOne(const HealthFindings& findings);

// Present, missing, and for what is missing how to get it.
std::string HealthText(const HealthFindings& findings);
Json HealthJson(const HealthFinding& finding);
// False where something required is missing.
bool CanRun(const HealthFindings& findings);

}  // namespace kernelevolve::cli
