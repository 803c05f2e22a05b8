#include "engine/kernelbench.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/digest.h"
#include "base/format.h"
#include "base/text.h"
#include "process/command.h"
#include "process/find_python.h"

namespace kernelevolve {
namespace {

constexpr uint64_t kMostFileBytes = 1 << 20;
// One start of torch serves so many files; then people hear of them.
constexpr size_t kBatch = 8;
// For starting and for torch itself, which reads a gigabyte from disk.
constexpr std::chrono::seconds kStart{120};

Result<ChildSpec> ImporterSpec(const std::vector<fs::path>& files,
                               const ImportOptions& options,
                               const StopCondition& stop) {
  ASSIGN_OR_RETURN(const fs::path python, FindPython("torch", stop));
  ChildSpec spec;
  spec.argv = {python.string(), "-m", "ke_kernelbench", "--out",
               fs::absolute(options.out).string(), "--seconds",
               format("{}", options.limit.count()), "--"};
  for (const fs::path& file : files)
    spec.argv.push_back(fs::absolute(file).string());
  spec.environment = {
      {"PYTHONPATH", (options.data / "runners" / "python").string()},
      {"PYTHONDONTWRITEBYTECODE", "1"}};
  return spec;
}

Result<std::vector<ImportedFile>> ImportBatch(
    const std::vector<fs::path>& files, const ImportOptions& options,
    const StopCondition& stop) {
  ASSIGN_OR_RETURN(const ChildSpec spec, ImporterSpec(files, options, stop));
  CommandLimits limits;
  limits.timeout = kStart + options.limit * static_cast<int>(files.size());
  limits.output_bytes = 4 << 20;
  ASSIGN_OR_RETURN(const CommandOutcome outcome, RunCommand(spec, limits, stop));
  std::vector<ImportedFile> imported;
  for (const std::string_view line : Split(outcome.output, '\n')) {
    if (Trim(line).empty() || imported.size() == files.size()) continue;
    ASSIGN_OR_RETURN(ImportedFile file,
                     ImportedFromText(line, files[imported.size()]));
    imported.push_back(std::move(file));
  }
  if (imported.size() == files.size()) return imported;
  return Broken(format(
      "importing {} failed ({}): {}", files[imported.size()].string(),
      outcome.timed_out ? "too slow" : outcome.exit.ToString(),
      Sanitize(Trim(outcome.errors), 2000)));
}

// The file, its name and the importer's own code: what the task depends on.
Result<std::string> ImportDigest(const fs::path& file, const fs::path& data) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(file, kMostFileBytes));
  text += "\n" + fs::absolute(file).lexically_normal().parent_path().filename()
                     .string() + "/" + file.filename().string();
  std::vector<fs::path> sources;
  std::error_code error;
  const fs::path importer = data / "runners" / "python" / "ke_kernelbench";
  for (fs::directory_iterator it(importer, error), end; !error && it != end;
       it.increment(error))
    if (it->path().extension() == ".py") sources.push_back(it->path());
  std::sort(sources.begin(), sources.end());
  for (const fs::path& source : sources) {
    ASSIGN_OR_RETURN(const std::string code, ReadFile(source));
    text += code;
  }
  return HexDigest(text);
}

// "" where it is not kept, or is kept no longer.
Result<ImportedFile> ReadKept(const fs::path& record, const fs::path& file) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(record));
  ASSIGN_OR_RETURN(ImportedFile kept, ImportedFromText(text, file));
  std::error_code error;
  if (kept.admitted && !fs::exists(kept.folder / "task.toml", error))
    return BadInput("its folder is gone");
  return kept;
}

}  // namespace

Result<std::vector<fs::path>> KernelBenchFiles(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return std::vector<fs::path>{path};
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator it(path, error), end;
       !error && it != end; it.increment(error))
    if (it->path().extension() == ".py" && it->is_regular_file())
      files.push_back(it->path());
  if (files.empty())
    return BadInput(format("{}: neither a .py file nor a folder with some",
                           path.string()));
  std::sort(files.begin(), files.end());
  return files;
}

Status ImportKernelBench(const std::vector<fs::path>& files,
                         const ImportOptions& options,
                         const std::function<void(const ImportedFile&)>& each,
                         const StopCondition& stop) {
  RETURN_IF_ERROR(MakeFolders(options.out));
  for (size_t at = 0; at < files.size(); at += kBatch) {
    const auto begin = files.begin() + static_cast<ptrdiff_t>(at);
    const auto end = files.begin() +
                     static_cast<ptrdiff_t>(std::min(at + kBatch, files.size()));
    ASSIGN_OR_RETURN(const std::vector<ImportedFile> imported,
                     ImportBatch({begin, end}, options, stop));
    for (const ImportedFile& file : imported) each(file);
  }
  return {};
}

bool IsKernelBenchFile(const fs::path& path) {
  std::error_code error;
  return path.extension() == ".py" && fs::is_regular_file(path, error);
}

Result<ImportedFile> CachedImport(const fs::path& file, const fs::path& data,
                                  const StopCondition& stop) {
  ASSIGN_OR_RETURN(const fs::path cache, CacheFolder());
  ASSIGN_OR_RETURN(const std::string digest, ImportDigest(file, data));
  const fs::path folder = cache / "kernelbench" / digest.substr(0, 24);
  const fs::path record = folder / "import.json";
  std::error_code error;
  if (fs::exists(record, error))
    if (auto kept = ReadKept(record, file)) return kept;
  ImportedFile imported;
  RETURN_IF_ERROR(ImportKernelBench(
      {file}, {data, folder}, [&](const ImportedFile& one) { imported = one; },
      stop));
  // What depends on how busy or large the machine is may end otherwise.
  if (imported.admitted || (imported.kind != "timeout" &&
                            imported.kind != "crash"))
    RETURN_IF_ERROR(WriteFileAtomic(record, DumpJson(ToJson(imported)) + "\n"));
  return imported;
}

}  // namespace kernelevolve
