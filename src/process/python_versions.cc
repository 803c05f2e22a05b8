#include "process/python_versions.h"

#include <chrono>
#include <cstdio>

#include "base/format.h"
#include "base/text.h"
#include "process/command.h"

namespace kernelevolve {
namespace {

// A cold import reads a gigabyte from disk.
constexpr std::chrono::seconds kTimeout{120};
constexpr const char* kPackages[] = {"torch", "triton"};
// Builds of a vendor's own may have no metadata of that name.
constexpr const char* kAsk = R"py(
import importlib.metadata
for name in ("torch", "triton"):
    try:
        print(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        print(name, __import__(name).__version__)
)py";

std::string ShortVersion(const std::string& version) {
  int major = 0, minor = 0;
  if (std::sscanf(version.c_str(), "%d.%d", &major, &minor) != 2) return version;
  return format("{}.{}", major, minor);
}

}  // namespace

Result<std::map<std::string, std::string>> PythonVersions(
    const fs::path& python, const StopCondition& stop) {
  ChildSpec spec;
  spec.argv = {python.string(), "-c", kAsk};
  ASSIGN_OR_RETURN(const CommandOutcome outcome,
                   RunCommand(spec, {.timeout = kTimeout}, stop));
  std::map<std::string, std::string> versions;
  for (const std::string_view line : Split(outcome.output, '\n'))
    for (const char* name : kPackages)
      if (line.starts_with(format("{} ", name)))
        versions[name] = Sanitize(Trim(line.substr(line.find(' '))), 60);
  if (outcome.exit.ok() && versions.size() == std::size(kPackages))
    return versions;
  return Missing(format("{} cannot import torch and triton: {}", python.string(),
                        Sanitize(Trim(outcome.errors), 300)));
}

std::map<std::string, std::string> TorchPins(const std::string& requirements) {
  std::map<std::string, std::string> pins;
  for (const std::string_view line : Split(requirements, '\n'))
    for (const char* name : kPackages)
      if (const std::string begin = format("{}==", name); line.starts_with(begin))
        pins[name] = Trim(line.substr(begin.size()));
  return pins;
}

bool IsOlder(const std::string& version, const std::string& pin) {
  int major = 0, minor = 0, least_major = 0, least_minor = 0;
  if (std::sscanf(version.c_str(), "%d.%d", &major, &minor) != 2 ||
      std::sscanf(pin.c_str(), "%d.%d", &least_major, &least_minor) != 2)
    return false;
  return std::pair(major, minor) < std::pair(least_major, least_minor);
}

Status CheckPythonVersions(const fs::path& python, const StopCondition& stop) {
  ASSIGN_OR_RETURN(const fs::path data, DataFolder());
  ASSIGN_OR_RETURN(const std::string requirements,
                   ReadFile(data / "runners" / "python" / "requirements-torch.txt"));
  ASSIGN_OR_RETURN(const auto versions, PythonVersions(python, stop));
  for (const auto& [name, pin] : TorchPins(requirements)) {
    const std::string& version = versions.at(name);
    if (IsOlder(version, pin))
      return Missing(format(
          "{} has {} {}, and {} or newer is needed: kernels are recorded and judged "
          "with names that older versions lack; scripts/setup-python.sh torch makes "
          "an environment that fits",
          python.string(), name, version, ShortVersion(pin)));
  }
  return {};
}

}  // namespace kernelevolve
