// The versions of torch and Triton that an interpreter has, against those that
// runners/python was written for.
#pragma once

#include <map>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "base/stop.h"

namespace kernelevolve {

// "torch" and "triton" → "2.11.0+cu130". Imports neither where the interpreter
// can say without. kMissing where it has not both.
Result<std::map<std::string, std::string>> PythonVersions(
    const fs::path& python, const StopCondition& stop);

// The pins of those two: lines "name==version" of a requirements file.
std::map<std::string, std::string> TorchPins(const std::string& requirements);

// Whether the first two numbers of `version` are below those of `pin`; what is no
// version counts as new.
bool IsOlder(const std::string& version, const std::string& pin);

// kMissing names what is too old, the least version and why.
Status CheckPythonVersions(const fs::path& python, const StopCondition& stop);

}  // namespace kernelevolve
