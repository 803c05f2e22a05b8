#include "worker/build/builder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <thread>

#include "base/digest.h"
#include "base/fd.h"
#include "base/format.h"
#include "base/text.h"
#include "worker/build/build_command.h"
#include "worker/build/build_scan.h"
#include "worker/build/compiler_place.h"
#include "worker/build/leading_includes.h"
#include "worker/build/nvcc_steps.h"

namespace kernelevolve::worker {
namespace {

using Steady = std::chrono::steady_clock;

constexpr size_t kLogBytes = 6000;  // enough for the first errors, not a flood

// What the flags of a target add to a key.
std::string FlagsKey(const CompileRule& rule) {
  std::string key;
  for (const auto& part : rule.argv) key += part + '\0';
  return key;
}

std::string BuildKey(const BuildRequest& request) {
  std::string key = format("{}\n{}\n", request.trusted, request.source);
  key += FlagsKey(*request.rule);
  for (const auto& part : request.defines) key += "-D" + part + '\0';
  for (const auto& part : request.link) key += "-l" + part + '\0';
  for (const auto& [name, text] : request.extra_files)
    key += name + '\0' + text + '\0';
  return HexDigest(key);
}

// Where the sandbox shows the folder says nothing to a reader.
std::string BuildLog(const std::string& text) {
  return Sanitize(ReplaceAll(text, std::string(kBuildFolder) + "/", ""),
                  kLogBytes);
}

Failure ExplainBuild(const ExitReport& report, const CompileRule& rule) {
  const std::string log = BuildLog(report.errors + report.output);
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

// By way of a temporary name: another worker may build the same.
Status Keep(const fs::path& made, const fs::path& kept) {
  std::error_code error;
  const fs::path arriving = kept.string() + format(".{}", getpid());
  fs::copy_file(made, arriving, fs::copy_options::overwrite_existing, error);
  if (!error)
    fs::permissions(arriving, fs::perms::owner_read | fs::perms::group_read |
                    fs::perms::others_read | fs::perms::owner_exec |
                    fs::perms::group_exec | fs::perms::others_exec, error);
  if (!error) fs::rename(arriving, kept, error);
  if (error)
    return Broken(format("cannot keep {}: {}", kept.string(), error.message()));
  return {};
}

// What a build has written: no link may lead us to a file of ours.
Result<std::string> ReadPlainFile(const fs::path& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat facts;
  if (!file || fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode))
    return BadInput(path.string() + " is no plain file");
  return ReadFile(format("/proc/self/fd/{}", file.get()));
}

// Tells of `image` once it is there, unless `process` ends before. Returns how long
// whoever was told took over it.
Steady::duration AwaitImage(const fs::path& image, Steady::time_point deadline,
                            Sandboxed& process,
                            const std::function<void(const std::string&)>& tell) {
  constexpr std::chrono::milliseconds kLook{2};
  std::error_code ignored;
  while (!fs::exists(fs::symlink_status(image, ignored))) {
    if (process.Ended() || Steady::now() > deadline) return {};
    std::this_thread::sleep_for(kLook);
  }
  const auto start = Steady::now();
  if (const auto bytes = ReadPlainFile(image)) tell(*bytes);
  return Steady::now() - start;
}

// The steps are a shell's to read: nothing of a parameter's may mean something to it.
bool IsPlain(const std::string& define) {
  return std::ranges::all_of(define, [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '=' || c == '.' || c == '-' || c == '+';
  });
}

}  // namespace

Result<TempFolder> MakeWorkspace() {
  ASSIGN_OR_RETURN(TempFolder workspace, TempFolder::Create("ke-build"));
  std::error_code ignored;
  fs::permissions(workspace.path(), fs::perms::all, ignored);
  return workspace;
}

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
    if (auto tamper = ScanSource(request.source)) return *tamper;
  result->library = folder_ / (BuildKey(request) + ".so");
  if (fs::exists(result->library)) return std::nullopt;

  ASSIGN_OR_RETURN(const TempFolder workspace, MakeWorkspace());
  RETURN_IF_ERROR(WriteFileAtomic(
      workspace.path() / ("kernel" + request.rule->extension), request.source));
  for (const auto& [name, text] : request.extra_files) {
    RETURN_IF_ERROR(MakeFolders((workspace.path() / name).parent_path()));
    RETURN_IF_ERROR(WriteFileAtomic(workspace.path() / name, text));
  }
  fs::path prefix;
  if (!request.trusted) {
    ASSIGN_OR_RETURN(prefix, Prefix(request, result));
  }
  const BuildCommand command{request.defines, request.link, !prefix.empty()};
  std::vector<std::string> argv = CompileArgv(*request.rule, command);
  if (std::ranges::all_of(request.defines, IsPlain))
    argv = Quicker(std::move(argv), *request.rule);
  return Compile({*request.rule, argv, workspace.path(),
                  IncludeFolder(request.trusted), prefix, request.on_image},
                 "kernel.so", result->library, result);
}

const fs::path& Builder::IncludeFolder(bool trusted) const {
  return trusted ? trusted_include_ : candidate_include_;
}

Result<fs::path> Builder::Prefix(const BuildRequest& request,
                                 BuildResult* result) {
  // One is worth some 60 MB and two compilations: not for a header block that
  // comes once, and not for ever more of them.
  constexpr int kWorthIt = 2;
  constexpr size_t kMostPrefixes = 4;
  const std::string block = LeadingIncludes(request.source);
  if (request.rule->precompile.empty() || block.empty()) return fs::path();
  const std::string key = HexDigest(block + FlagsKey(*request.rule));
  if (const auto made = prefixes_.find(key); made != prefixes_.end())
    return made->second;
  if (++sightings_[key] < kWorthIt || prefixes_.size() >= kMostPrefixes)
    return fs::path();

  ASSIGN_OR_RETURN(const TempFolder workspace, MakeWorkspace());
  const fs::path folder = folder_ / ("prefix-" + key);
  RETURN_IF_ERROR(MakeFolders(folder));
  RETURN_IF_ERROR(WriteFileAtomic(workspace.path() / "prefix.h", block));
  RETURN_IF_ERROR(WriteFileAtomic(folder / "prefix.h", block));
  ASSIGN_OR_RETURN(
      const std::optional<Failure> failed,
      Compile({*request.rule, PrecompileArgv(*request.rule), workspace.path(),
               IncludeFolder(request.trusted), "", {}},
              "prefix.h.gch", folder / "prefix.h.gch", result));
  // A header that is not there is the candidate's to be told about.
  return prefixes_[key] = failed ? fs::path() : folder;
}

std::vector<std::string> Builder::Quicker(std::vector<std::string> argv,
                                          const CompileRule& rule) {
  constexpr size_t kMostScripts = 256;  // one for each choice of parameters
  const std::vector<std::string> dry_run = DryRunArgv(argv);
  if (dry_run.empty()) return argv;
  if (scripts_.size() >= kMostScripts) scripts_.clear();
  auto known = scripts_.find(argv);
  if (known == scripts_.end()) {
    const auto steps = AskSteps(dry_run, rule);
    if (!steps) return argv;  // perhaps it answers next time
    known = scripts_.emplace(argv, StepsScript(*steps)).first;
  }
  if (!known->second) return argv;
  return std::vector<std::string>{"/bin/sh", "-c", *known->second};
}

Result<std::string> Builder::AskSteps(const std::vector<std::string>& dry_run,
                                      const CompileRule& rule) {
  // Without the source: what one candidate says must not reach another.
  ASSIGN_OR_RETURN(const TempFolder workspace, MakeWorkspace());
  RETURN_IF_ERROR(
      WriteFileAtomic(workspace.path() / ("kernel" + rule.extension), ""));
  BuildResult unseen;
  ASSIGN_OR_RETURN(ExitReport report,
                   Run({rule, dry_run, workspace.path(), candidate_include_, "", {}},
                       &unseen));
  if (!report.exited || report.exit_code != 0)
    return Broken("the compiler does not say its steps");
  return std::move(report.errors);
}

Result<ExitReport> Builder::Run(const CompileStep& step, BuildResult* result) {
  const CompileRule& rule = step.rule;
  SandboxSpec spec;
  spec.argv = step.argv;
  ASSIGN_OR_RETURN(const CompilerPlace compiler, PlaceCompiler(rule.argv[0]));
  if (spec.argv[0] == rule.argv[0]) spec.argv[0] = compiler.program;
  spec.profile = SyscallProfile::kBuild;
  spec.binds = {{step.workspace, kBuildFolder, /*writable=*/true},
                {step.include, kIncludeFolder}};
  if (!step.prefix.empty()) spec.binds.push_back({step.prefix, kPrefixFolder});
  if (compiler.toolkit) spec.binds.push_back(*compiler.toolkit);
  spec.working_folder = kBuildFolder;
  spec.limits.memory_bytes = static_cast<uint64_t>(rule.memory_mb) << 20;
  spec.limits.file_bytes = static_cast<uint64_t>(rule.artefact_mb) << 20;
  spec.limits.cpu_seconds = rule.timeout_s;
  spec.limits.tasks = 128;

  auto start = Steady::now();
  auto process = sandbox_->Launch(spec);
  if (!process) return Fail(process.error());
  const std::chrono::seconds limit(rule.timeout_s);
  if (step.on_image)  // what is done about it is not the compiler's time
    start += AwaitImage(step.workspace / kImageName, start + limit, **process,
                        step.on_image);
  ExitReport report = (*process)->Wait(std::chrono::ceil<std::chrono::milliseconds>(
      std::max(start + limit - Steady::now(), Steady::duration::zero())));
  result->milliseconds +=
      std::chrono::duration<double, std::milli>(Steady::now() - start).count();
  return report;
}

Verdictless Builder::Compile(const CompileStep& step, const std::string& product,
                             const fs::path& kept, BuildResult* result) {
  ASSIGN_OR_RETURN(const ExitReport report, Run(step, result));
  const fs::path made = step.workspace / product;
  if (!report.exited || report.exit_code != 0 || report.timed_out ||
      !fs::exists(made))
    return ExplainBuild(report, step.rule);
  result->log = BuildLog(report.errors);
  RETURN_IF_ERROR(Keep(made, kept));
  return std::nullopt;
}

}  // namespace kernelevolve::worker
