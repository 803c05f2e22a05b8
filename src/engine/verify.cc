#include "engine/verify.h"

#include "base/digest.h"
#include "base/format.h"
#include "base/text.h"
#include "core/target.h"
#include "core/task_parser.h"
#include "engine/export/manifest.h"

namespace kernelevolve {
namespace {

// The files verify relies on, as they are now; kBadInput names those that are
// not as they were exported.
Result<std::map<std::string, std::string>> ReadUnchanged(
    const fs::path& folder, const Manifest& manifest) {
  std::map<std::string, std::string> files;
  std::vector<std::string> changed;
  for (const auto& [path, digest] : manifest.digests) {
    const fs::path relative = path;
    if (relative.is_absolute() || path.find("..") != std::string::npos)
      return BadInput(
          format("{} names a file outside of it: {}", kManifestFile, path));
    Result<std::string> contents = ReadFile(folder / relative);
    if (!contents || HexDigest(*contents) != digest)
      changed.push_back(path);
    else
      files[path] = std::move(*contents);
  }
  if (changed.empty()) return files;
  return BadInput(
      format("{}: not as exported: {}. A kernel of your own is "
             "judged by: kernelevolve evaluate TASK FILE",
             folder.string(), Join(changed, ", ")));
}

Result<Task> ExportedTask(const std::map<std::string, std::string>& files) {
  const std::string prefix = format("{}/", kTaskFolder);
  std::map<std::string, std::string> task_files;
  for (const auto& [path, contents] : files)
    if (path.starts_with(prefix))
      task_files[path.substr(prefix.size())] = contents;
  ParsedTask parsed = ParseTask(std::move(task_files));
  if (parsed.diagnostics.empty()) return std::move(parsed.task);
  return BadInput(parsed.diagnostics.front().ToString());
}

Result<Candidate> ExportedCandidate(
    const std::map<std::string, std::string>& files, const Manifest& manifest) {
  const auto kernel = files.find(kKernelFile);
  if (kernel == files.end())
    return BadInput(format("{} does not know {}", kManifestFile, kKernelFile));
  Candidate candidate;
  candidate.language = manifest.language;
  candidate.parameters = manifest.parameters;
  candidate.label = kKernelFile;
  ASSIGN_OR_RETURN(candidate.source, SourceInKernelFile(kernel->second));
  if (candidate.Id() != manifest.candidate_id)
    return BadInput(format("{}: the candidate's id does not fit the kernel",
                           kManifestFile));
  return candidate;
}

std::string Range(const Interval& interval) {
  return format("{:.3g} to {:.3g}", interval[0], interval[1]);
}

std::string Conclude(const VerifyReport& report) {
  const Evaluation& now = report.evaluation;
  if (!now.accepted())
    return format("no longer accepted: {} {}", StatusName(now.status),
                  CodeName(now.code));
  const std::string numbers =
      format("{:.3g} ({}) now, {:.3g} ({}) recorded", now.speedup,
             Range(now.speedup_ci), report.recorded_speedup,
             Range(report.recorded_ci));
  if (report.slower_than_recorded)
    return "slower than recorded, beyond both intervals: " + numbers;
  if (report.faster_than_recorded)
    return "faster than recorded, beyond both intervals: " + numbers;
  return "as recorded, within the intervals: " + numbers;
}

}  // namespace

Result<std::string> ExportedTargetName(const fs::path& folder) {
  ASSIGN_OR_RETURN(const Manifest manifest, ReadManifest(folder));
  return manifest.target;
}

Result<VerifyReport> VerifyExport(const fs::path& folder, const fs::path& data,
                                  Evaluator& evaluator,
                                  const StopCondition& stop) {
  ASSIGN_OR_RETURN(const Manifest manifest, ReadManifest(folder));
  ASSIGN_OR_RETURN(const auto files, ReadUnchanged(folder, manifest));
  EvaluationRequest request;
  ASSIGN_OR_RETURN(request.task, ExportedTask(files));
  ASSIGN_OR_RETURN(request.target, FindTarget(manifest.target, data));
  ASSIGN_OR_RETURN(request.candidate, ExportedCandidate(files, manifest));
  request.stage = Stage::kFinal;  // with a secret that the worker draws
  VerifyReport report;
  ASSIGN_OR_RETURN(report.evaluation, evaluator.Evaluate(request, stop));
  report.task = manifest.task_name;
  report.target = manifest.target;
  report.candidate_id = manifest.candidate_id;
  report.recorded_speedup = manifest.evaluation.speedup;
  report.recorded_ci = manifest.evaluation.speedup_ci;
  report.recorded_device = manifest.device;
  report.recorded_toolchain = manifest.toolchain;
  const Evaluation& now = report.evaluation;
  if (now.accepted()) {
    report.slower_than_recorded = now.speedup_ci[1] < report.recorded_ci[0];
    report.faster_than_recorded = now.speedup_ci[0] > report.recorded_ci[1];
  }
  report.conclusion = Conclude(report);
  return report;
}

}  // namespace kernelevolve
