#include "worker/python/python_environment.h"

#include <algorithm>
#include <chrono>

#include "base/format.h"
#include "base/json.h"
#include "base/text.h"
#include "process/command.h"

namespace kernelevolve::worker {
namespace {

constexpr std::chrono::seconds kAskTimeout{30};
constexpr const char* kQuestion =
    "import json, os, sys\n"
    "home = os.path.dirname(os.path.dirname(os.path.realpath(sys.executable)))\n"
    "paths = [p for p in sys.path if os.path.isdir(p) and os.path.isabs(p)]\n"
    "print(json.dumps({'program': sys.executable, 'path': paths, 'folders':\n"
    "  [sys.prefix, sys.base_prefix, sys.base_exec_prefix, home]}))";

bool IsInside(const fs::path& inner, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end())
             .first == outer.end();
}

std::vector<fs::path> Paths(const Json& list) {
  std::vector<fs::path> paths;
  for (const Json& entry : list)
    if (entry.is_string()) paths.emplace_back(entry.get<std::string>());
  return paths;
}

Result<Json> Ask(const fs::path& program, const StopCondition& stop) {
  ChildSpec spec;
  spec.argv = {program.string(), "-c", kQuestion};
  ASSIGN_OR_RETURN(const CommandOutcome outcome,
                   RunCommand(spec, {.timeout = kAskTimeout}, stop));
  if (!outcome.exit.ok())
    return Missing(format("{} does not run: {}", program.string(),
                          Sanitize(Trim(outcome.errors), 500)));
  return ParseJson(Trim(outcome.output));
}

}  // namespace

std::vector<fs::path> FoldersToShow(const std::vector<fs::path>& folders) {
  std::vector<fs::path> shown;
  for (const fs::path& folder : folders) {
    const fs::path plain = folder.lexically_normal();
    if (IsInside(plain, "/usr") || IsInside(plain, "/lib")) continue;
    const auto covered = [&](const fs::path& one) {
      return IsInside(plain, one);
    };
    if (std::ranges::any_of(shown, covered)) continue;
    std::erase_if(shown,
                  [&](const fs::path& one) { return IsInside(one, plain); });
    shown.push_back(plain);
  }
  return shown;
}

Result<PythonEnvironment> DescribePython(const fs::path& program,
                                         const fs::path& hidden,
                                         const StopCondition& stop) {
  ASSIGN_OR_RETURN(const Json answer, Ask(program, stop));
  PythonEnvironment environment;
  environment.program = GetString(answer, "program").value_or("");
  const auto path = Paths(GetMember(answer, "path"));
  std::vector<fs::path> folders = Paths(GetMember(answer, "folders"));
  folders.insert(folders.end(), path.begin(), path.end());
  for (const fs::path& folder : FoldersToShow(folders)) {
    if (IsInside(hidden, folder))
      return Missing(format("the interpreter {} lives in {}, which holds our own "
                            "data too; name another in KE_PYTHON",
                            program.string(), folder.string()));
    if (fs::is_directory(folder)) environment.binds.push_back({folder, folder});
  }
  for (const fs::path& folder : path)
    environment.search_path +=
        (environment.search_path.empty() ? "" : ":") + folder.string();
  return environment;
}

}  // namespace kernelevolve::worker
