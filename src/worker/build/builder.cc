#include "worker/build/builder.h"

#include <signal.h>

#include <chrono>

#include "base/digest.h"
#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker {
namespace {

constexpr size_t kLogBytes = 6000;  // enough for the first errors, not a flood

std::string BuildKey(const BuildRequest& request) {
  std::string key = format("{}\n{}\n", request.trusted, request.source);
  for (const auto& part : request.rule->argv) key += part + '\0';
  for (const auto& part : request.defines) key += "-D" + part + '\0';
  for (const auto& part : request.link) key += "-l" + part + '\0';
  for (const auto& [name, text] : request.extra_files)
    key += name + '\0' + text + '\0';
  return HexDigest(key);
}

std::vector<std::string> Argv(const BuildRequest& request) {
  std::vector<std::string> argv;
  for (const std::string& part : request.rule->argv) {
    if (part == "{defines}") {
      for (const std::string& define : request.defines)
        argv.push_back("-D" + define);
    } else if (part == "{source}") {
      argv.push_back("/ke/build/kernel" + request.rule->extension);
    } else if (part == "{output}") {
      argv.push_back("/ke/build/kernel.so");
    } else if (const size_t at = part.find("{include}"); at != std::string::npos) {
      argv.push_back(part.substr(0, at) + "/ke/include" + part.substr(at + 9));
    } else {
      argv.push_back(part);
    }
  }
  for (const std::string& library : request.link) argv.push_back("-l" + library);
  if (!argv.empty() && argv[0].find('/') == std::string::npos)
    argv[0] = "/usr/bin/" + argv[0];
  return argv;
}

// A kernel has no business with files by absolute path or with assembler
// directives that embed files; inside the sandbox they would find nothing of
// ours, but the attempt says what the source is.
std::optional<Failure> LookForTampering(const std::string& source) {
  for (const std::string_view line : Split(source, '\n')) {
    const std::string_view text = Trim(line);
    const bool include = text.starts_with("#") && text.find("include") < 12;
    if (include && (text.find("\"/") != text.npos || text.find("</") != text.npos ||
                    text.find("..") != text.npos ||
                    text.find("reference.h") != text.npos))
      return Failure{Code::kBuildTamper,
                     "includes a file that is not its own: " +
                         Sanitize(text, 120), "build_scan", ""};
    if (text.find(".incbin") != text.npos || text.starts_with("#embed"))
      return Failure{Code::kBuildTamper, "embeds a file at build time: " +
                         Sanitize(text, 120), "build_scan", ""};
  }
  return std::nullopt;
}

Failure ExplainBuild(const ExitReport& report, const CompileRule& rule) {
  const std::string log = Sanitize(report.errors + report.output, kLogBytes);
  if (report.timed_out || report.limit == "cpu time")
    return {Code::kTimeout, format("the build took more than {} s", rule.timeout_s),
            "build", log};
  if (report.limit == "memory")
    return {Code::kResource,
            format("the build used more than {} MB of memory", rule.memory_mb),
            "build", log};
  if (report.signal == SIGXFSZ)
    return {Code::kResource,
            format("the artefact is larger than {} MB", rule.artefact_mb), "build",
            log};
  std::string first = "the compiler said no";
  for (const std::string_view line : Split(log, '\n'))
    if (line.find("error") != line.npos || line.find("undefined") != line.npos) {
      first = std::string(Trim(line)).substr(0, 300);
      break;
    }
  return {Code::kBuildFailed, first, "build", log};
}

}  // namespace

Result<Builder> Builder::Create(Sandbox& sandbox, fs::path folder,
                                fs::path include) {
  Builder builder(sandbox, std::move(folder));
  builder.trusted_include_ = include;
  builder.candidate_include_ = builder.folder_ / "include";
  RETURN_IF_ERROR(MakeFolders(builder.candidate_include_ / "kernelevolve"));
  ASSIGN_OR_RETURN(const std::string abi,
                   ReadFile(include / "kernelevolve" / "abi.h"));
  RETURN_IF_ERROR(WriteFileAtomic(
      builder.candidate_include_ / "kernelevolve" / "abi.h", abi));
  return builder;
}

Verdictless Builder::Build(const BuildRequest& request, BuildResult* result) {
  if (!request.trusted)
    if (auto tamper = LookForTampering(request.source)) return *tamper;
  result->library = folder_ / (BuildKey(request) + ".so");
  if (fs::exists(result->library)) return std::nullopt;

  ASSIGN_OR_RETURN(TempFolder workspace, TempFolder::Create("ke-build"));
  // The sandbox's own user must be able to write there.
  std::error_code ignored;
  fs::permissions(workspace.path(), fs::perms::all, ignored);
  RETURN_IF_ERROR(WriteFileAtomic(
      workspace.path() / ("kernel" + request.rule->extension), request.source));
  for (const auto& [name, text] : request.extra_files) {
    RETURN_IF_ERROR(MakeFolders((workspace.path() / name).parent_path()));
    RETURN_IF_ERROR(WriteFileAtomic(workspace.path() / name, text));
  }
  return Compile(request, workspace.path(), result->library, result);
}

Verdictless Builder::Compile(const BuildRequest& request,
                             const fs::path& workspace, const fs::path& library,
                             BuildResult* result) {
  const CompileRule& rule = *request.rule;
  SandboxSpec spec;
  spec.argv = Argv(request);
  if (!fs::exists(spec.argv[0]))
    return Missing(format("{} is not installed: apt-get install g++",
                          spec.argv[0]));
  spec.profile = SyscallProfile::kBuild;
  spec.binds = {{workspace, "/ke/build", /*writable=*/true},
                {request.trusted ? trusted_include_ : candidate_include_,
                 "/ke/include"}};
  spec.working_folder = "/ke/build";
  spec.limits.memory_bytes = static_cast<uint64_t>(rule.memory_mb) << 20;
  spec.limits.file_bytes = static_cast<uint64_t>(rule.artefact_mb) << 20;
  spec.limits.cpu_seconds = rule.timeout_s;
  spec.limits.tasks = 128;

  const auto start = std::chrono::steady_clock::now();
  auto process = sandbox_->Launch(spec);
  if (!process) return Fail(process.error());
  const ExitReport report =
      (*process)->Wait(std::chrono::seconds(rule.timeout_s));
  result->milliseconds = std::chrono::duration<double, std::milli>(
                             std::chrono::steady_clock::now() - start)
                             .count();
  const fs::path made = workspace / "kernel.so";
  if (!report.exited || report.exit_code != 0 || report.timed_out ||
      !fs::exists(made))
    return ExplainBuild(report, rule);
  result->log = Sanitize(report.errors, kLogBytes);
  // By way of a temporary name: another worker may build the same.
  std::error_code error;
  const fs::path arriving = library.string() + format(".{}", getpid());
  fs::copy_file(made, arriving, fs::copy_options::overwrite_existing, error);
  if (!error)
    fs::permissions(arriving, fs::perms::owner_read | fs::perms::group_read |
                    fs::perms::others_read | fs::perms::owner_exec |
                    fs::perms::group_exec | fs::perms::others_exec, error);
  if (!error) fs::rename(arriving, library, error);
  if (error)
    return Broken(format("cannot keep {}: {}", library.string(), error.message()));
  return std::nullopt;
}

}  // namespace kernelevolve::worker
