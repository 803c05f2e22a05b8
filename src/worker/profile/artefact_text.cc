#include "worker/profile/artefact_text.h"

#include <chrono>

#include "base/format.h"
#include "process/find_program.h"
#include "worker/build/build_command.h"
#include "worker/profile/remarks.h"

namespace kernelevolve::worker {
namespace {

constexpr const char* kArtefact = "/ke/artefact.so";
constexpr uint64_t kTextBytes = 8 << 20;
// A kernel's own code takes some ten milliseconds.
constexpr int kDisassemblySeconds = 3;

// Runs `spec`, whose argv[0] is a name in PATH, as builds run.
Result<ExitReport> RunTool(const Machine& machine, SandboxSpec spec,
                           int seconds) {
  ASSIGN_OR_RETURN(spec.argv[0], FindProgram(spec.argv[0]));
  spec.profile = SyscallProfile::kBuild;
  spec.limits.cpu_seconds = seconds;
  spec.limits.output_bytes = kTextBytes;
  spec.limits.tasks = 128;
  ASSIGN_OR_RETURN(const auto process, machine.sandbox->Launch(spec));
  ExitReport report = process->Wait(std::chrono::seconds(seconds));
  if (report.exited && report.exit_code == 0) return report;
  return Broken(format("{} {}", fs::path(spec.argv[0]).filename().string(),
                       report.timed_out || report.limit == "cpu time"
                           ? "took too long"
                           : "failed"));
}

Result<std::string> List(const Machine& machine, const fs::path& library,
                         bool lines) {
  SandboxSpec spec;
  spec.argv = {"objdump", "-d", "-C", "--no-show-raw-insn", "-j", ".text"};
  if (lines) spec.argv.push_back("-l");
  spec.argv.push_back(kArtefact);
  spec.binds = {{library, kArtefact}};
  auto report = RunTool(machine, std::move(spec), kDisassemblySeconds);
  if (!report && report.error().code == ErrorCode::kMissing)
    return Missing("objdump is not installed: apt-get install binutils");
  if (!report) return Fail(report.error());
  return std::move(report->output);
}

}  // namespace

std::string SourceName(const CompileRule& rule) {
  return "kernel" + rule.extension;
}

Result<std::string> Disassemble(const Machine& machine,
                                const fs::path& library) {
  return List(machine, library, /*lines=*/false);
}

Result<ExplainedBuild> ExplainBuild(const Machine& machine,
                                    const BuildRequest& request) {
  ASSIGN_OR_RETURN(const TempFolder workspace, MakeWorkspace());
  RETURN_IF_ERROR(WriteFileAtomic(workspace.path() / SourceName(*request.rule),
                                  request.source));
  SandboxSpec spec;
  spec.argv =
      CompileArgv(*request.rule, {request.defines, request.link, false});
  const auto& flags = RemarkFlags();
  spec.argv.insert(spec.argv.begin() + 1, flags.begin(), flags.end());
  // Line numbers leave the code as it is.
  spec.argv.insert(spec.argv.begin() + 1, "-g1");
  spec.binds = {
      {workspace.path(), kBuildFolder, /*writable=*/true},
      {machine.builder->IncludeFolder(request.trusted), kIncludeFolder}};
  spec.working_folder = kBuildFolder;
  spec.limits.memory_bytes = static_cast<uint64_t>(request.rule->memory_mb)
                             << 20;
  spec.limits.file_bytes = static_cast<uint64_t>(request.rule->artefact_mb)
                           << 20;
  ASSIGN_OR_RETURN(ExitReport report,
                   RunTool(machine, std::move(spec), request.rule->timeout_s));
  return ExplainedBuild{
      std::move(report.errors),
      List(machine, workspace.path() / "kernel.so", /*lines=*/true)
          .value_or("")};
}

}  // namespace kernelevolve::worker
