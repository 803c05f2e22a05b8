// Tools and libraries: what a short command says of itself.
#include "base/format.h"
#include "base/text.h"
#include "cli/doctor_checks.h"
#include "eval/worker_pool.h"
#include "process/command.h"
#include "process/find_python.h"
#include "process/python_versions.h"

namespace kernelevolve::cli {
namespace {

constexpr std::chrono::seconds kToolTimeout{20};
// The self-test starts a few dozen sandboxes.
constexpr std::chrono::seconds kSelfTestTimeout{120};

Result<CommandOutcome> RunTool(std::vector<std::string> argv,
                               const StopCondition& stop,
                               std::chrono::milliseconds timeout = kToolTimeout) {
  ChildSpec spec;
  spec.argv = std::move(argv);
  spec.environment = {{"LC_ALL", "C"}};
  return RunCommand(spec, {.timeout = timeout}, stop);
}

bool HasVersion(std::string_view line) {
  const auto digit = [&](size_t i) {
    return i < line.size() && line[i] >= '0' && line[i] <= '9';
  };
  for (size_t dot = line.find('.'); dot != std::string_view::npos;
       dot = line.find('.', dot + 1))
    if (dot > 0 && digit(dot - 1) && digit(dot + 1)) return true;
  return false;
}

// The line in which a tool names its version, or its first; "" if it cannot be
// run.
std::string VersionLine(std::vector<std::string> argv,
                        const StopCondition& stop) {
  const auto outcome = RunTool(std::move(argv), stop);
  if (!outcome || !outcome->exit.ok()) return "";
  const auto lines = Split(Trim(outcome->output), '\n');
  for (const std::string_view line : lines)
    if (HasVersion(line)) return Sanitize(Trim(line), 200);
  return Sanitize(Trim(lines.front()), 200);
}

HealthFinding Tool(const char* group, std::vector<std::string> argv,
                   const std::string& fix, bool required,
                   const StopCondition& stop) {
  const std::string name = argv[0];
  const std::string line = VersionLine(std::move(argv), stop);
  return {group, name, !line.empty(),
          line.empty() ? "not found on PATH" : line, fix, required};
}

// The compiler knows where a linker would find a library.
HealthFinding Library(const std::string& name, const std::string& file,
                      const std::string& package, const StopCondition& stop) {
  const std::string path =
      VersionLine({"g++", "-print-file-name=" + file}, stop);
  const bool found = path.find('/') != std::string::npos;
  std::error_code ignored;
  const fs::path real = found ? fs::canonical(path, ignored) : fs::path();
  return {"baselines", name, found,
          found ? (real.empty() ? path : real.string())
                : "not found; panels are shorter without it",
          "apt-get install " + package};
}

std::string VersionsText(const fs::path& python, const StopCondition& stop) {
  std::string text;
  const auto versions = PythonVersions(python, stop);
  if (!versions) return text;
  for (const auto& [name, version] : *versions)
    text += format(", {} {}", name, version);
  return text;
}

HealthFinding PythonSet(const std::string& set, const std::string& purpose,
                        const StopCondition& stop) {
  const auto python = FindPython(set, stop);
  return {"python", set, python.has_value(),
          python ? python->string() + VersionsText(*python, stop)
                 : format("{}: {}", purpose, python.error().message),
          "scripts/setup-python.sh " + set};
}

}  // namespace

HealthFindings CheckToolchains(const StopCondition& stop) {
  return {
      Tool("toolchains", {"g++", "--version"}, "apt-get install g++", true, stop),
      Tool("toolchains", {"objdump", "--version"},
           "apt-get install binutils; profiles show no loops without it", false,
           stop),
      Tool("toolchains", {"nvcc", "--version"},
           "NVIDIA's CUDA toolkit, for the targets cuda@... and triton@...",
           false, stop),
  };
}

HealthFindings CheckBaselineLibraries(const StopCondition& stop) {
  return {Library("OpenBLAS", "libopenblas.so", "libopenblas-dev", stop),
          Library("oneDNN", "libdnnl.so", "libdnnl-dev", stop)};
}

HealthFindings CheckPython(const StopCondition& stop) {
  return {Tool("python", {"python3", "--version"},
               "apt-get install python3 python3-venv", false, stop),
          PythonSet("torch", "no target triton, nothing to judge on a GPU", stop)};
}

HealthFindings CheckSandbox(const StopCondition& stop) {
  const auto program = FindWorkerProgram();
  if (!program)
    return {{"sandbox", "kernelevolve-worker", false, program.error().message,
             "scripts/build.sh", true}};
  const auto outcome =
      RunTool({program->string(), "self-test", "--json"}, stop, kSelfTestTimeout);
  if (!outcome)
    return {{"sandbox", "self-test", false, outcome.error().message, "", true}};
  const auto layers = ParseJson(Trim(outcome->output));
  if (layers) {
    HealthFindings findings = SandboxFindings(*layers);
    if (!findings.empty()) return findings;
  }
  return {{"sandbox", "self-test", false,
           format("{}: {}", outcome->exit.ToString(),
                  Sanitize(Trim(outcome->errors), 2000)),
           program->string() + " self-test shows it", true}};
}

}  // namespace kernelevolve::cli
