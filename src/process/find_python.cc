#include "process/find_python.h"

#include <chrono>
#include <cstdlib>
#include <optional>
#include <system_error>

#include "base/format.h"
#include "process/command.h"
#include "process/find_program.h"
#include "process/python_versions.h"

namespace kernelevolve {
namespace {

// A first import reads a gigabyte from disk.
constexpr std::chrono::seconds kImportTimeout{120};

// The newest finished environment of the set: pins change, old ones stay.
std::optional<fs::path> EnvironmentOf(const std::string& set) {
  const auto cache = CacheFolder();
  if (!cache) return std::nullopt;
  std::optional<fs::path> found;
  fs::file_time_type newest;
  std::error_code ignored;
  for (const auto& entry :
       fs::directory_iterator(*cache / "python", ignored)) {
    if (!entry.path().filename().string().starts_with(set + "-")) continue;
    std::error_code absent;
    const auto made = fs::last_write_time(entry.path() / "complete", absent);
    if (absent || (found && made <= newest)) continue;
    newest = made;
    found = entry.path() / "bin" / "python";
  }
  return found;
}

Result<bool> CanImportTorch(const std::string& python,
                            const StopCondition& stop) {
  ChildSpec spec;
  spec.argv = {python, "-c", "import torch, triton"};
  ASSIGN_OR_RETURN(const CommandOutcome outcome,
                   RunCommand(spec, {.timeout = kImportTimeout}, stop));
  return outcome.exit.ok();
}

Result<fs::path> FindAny(const std::string& set, const StopCondition& stop) {
  const bool torch = set == "torch";
  const char* named = torch ? std::getenv("KE_PYTHON") : nullptr;
  if (named && *named) {
    const auto program = FindProgram(named);
    if (program) return fs::path(*program);
    return Missing(format("KE_PYTHON names {}, which does not exist or may not "
                          "be run", named));
  }
  if (const auto environment = EnvironmentOf(set)) return *environment;
  const std::string fix =
      format("make the environment with scripts/setup-python.sh {}", set);
  const auto own = FindProgram("python3");
  if (!torch || !own)
    return Missing(format("no Python environment for {}; {}", set, fix));
  ASSIGN_OR_RETURN(const bool works, CanImportTorch(*own, stop));
  if (works) return fs::path(*own);
  return Missing(format("no Python that can import torch and triton; {}, or "
                        "name an interpreter in KE_PYTHON", fix));
}

}  // namespace

Result<fs::path> FindPython(const std::string& set,
                            const StopCondition& stop) {
  ASSIGN_OR_RETURN(const fs::path python, FindAny(set, stop));
  if (set == "torch") RETURN_IF_ERROR(CheckPythonVersions(python, stop));
  return python;
}

}  // namespace kernelevolve
