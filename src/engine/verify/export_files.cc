#include "engine/verify/export_files.h"

#include <optional>

#include "base/digest.h"
#include "base/format.h"
#include "base/text.h"
#include "core/task_parser.h"
#include "engine/export/manifest.h"

namespace kernelevolve {
namespace {

// Of all files together; a kernel and its task are far smaller.
constexpr uintmax_t kMostBytes = 64 << 20;

// A plain file that neither is a link nor lies behind one.
bool IsOwnFile(const fs::path& folder, const fs::path& relative) {
  std::error_code error;
  fs::path path = folder;
  for (const fs::path& part : relative)
    if (fs::is_symlink(fs::symlink_status(path /= part, error))) return false;
  return fs::is_regular_file(fs::symlink_status(path, error));
}

// nullopt where it is none of the folder's own, or larger.
std::optional<std::string> ReadOwnFile(const fs::path& folder,
                                       const fs::path& relative,
                                       uintmax_t limit) {
  std::error_code error;
  const fs::path file = folder / relative;
  if (!IsOwnFile(folder, relative) || fs::file_size(file, error) > limit)
    return std::nullopt;
  Result<std::string> contents = ReadFile(file, limit);
  if (!contents) return std::nullopt;
  return std::move(*contents);
}

// The files verify relies on, as they are now; kBadInput names those that are
// not as they were exported.
Result<std::map<std::string, std::string>> ReadUnchanged(
    const fs::path& folder, const Manifest& manifest) {
  std::map<std::string, std::string> files;
  std::vector<std::string> changed;
  uintmax_t left = kMostBytes;
  for (const auto& [path, digest] : manifest.digests) {
    const fs::path relative = path;
    if (relative.is_absolute() || path.find("..") != std::string::npos)
      return BadInput(
          format("{} names a file outside of it: {}", kManifestFile, path));
    std::optional<std::string> contents = ReadOwnFile(folder, relative, left);
    left -= contents ? contents->size() : 0;
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

}  // namespace

Result<ExportedFiles> ReadExport(const fs::path& folder) {
  ASSIGN_OR_RETURN(const Manifest manifest, ReadManifest(folder));
  ASSIGN_OR_RETURN(const auto files, ReadUnchanged(folder, manifest));
  ExportedFiles exported;
  ASSIGN_OR_RETURN(exported.task, ExportedTask(files));
  ASSIGN_OR_RETURN(exported.candidate, ExportedCandidate(files, manifest));
  return exported;
}

}  // namespace kernelevolve
