#include "engine/verify/find_stored.h"

#include <algorithm>
#include <tuple>

#include "base/format.h"
#include "base/text.h"
#include "engine/export/manifest.h"

namespace kernelevolve {
namespace {

bool IsPlainFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(fs::symlink_status(path, error));
}

// An evaluation as a manifest has it, with what stands around it.
StoredResult FromManifest(const Manifest& manifest) {
  StoredResult result;
  result.candidate = kKernelFile;
  result.task = {manifest.task_name, manifest.task_digest, {}};
  result.target = manifest.target;
  result.parameters = manifest.parameters;
  result.machine.device = manifest.device;
  result.machine.toolchain = manifest.toolchain;
  result.evaluation = manifest.evaluation;
  result.evaluation.candidate_id = manifest.candidate_id;
  return result;
}

Result<StoredResult> ResultOfExport(const fs::path& folder) {
  ASSIGN_OR_RETURN(const Manifest manifest, ReadManifest(folder));
  return FromManifest(manifest);
}

// Many programs write a manifest.json: ours says what it exported.
bool IsExport(const fs::path& folder) {
  const fs::path file = folder / kManifestFile;
  if (!IsPlainFile(file)) return false;
  const auto text = ReadFile(file);
  if (!text) return false;
  const auto json = ParseJson(*text);
  if (!json) return false;
  return GetString(*json, "task_digest") ||
         (GetMember(*json, "sha256").is_object() &&
          GetMember(*json, "evaluation").is_object());
}

std::string Place(const fs::path& file, int line) {
  return line > 0 ? format("{}:{}", file.string(), line) : file.string();
}

// As each is printed: what is left of one that was cut.
bool BeginsAsResult(std::string_view text) {
  text = Trim(text);
  if (!text.starts_with('{')) return false;
  return Trim(text.substr(1)).starts_with("\"candidate\":");
}

class Finder {
 public:
  explicit Finder(const StopCondition& stop) : stop_(stop) {}

  void AddExport(const fs::path& folder) {
    found_.push_back(
        {folder / kManifestFile, 0, true, ResultOfExport(folder)});
  }
  void AddFile(const fs::path& file) {
    const bool lines = file.extension() == ".jsonl";
    if (!lines && file.extension() != ".json") return;
    const auto text = ReadFile(file);
    if (!text) return AddUnreadable(file, 0, text.error().message);
    if (lines) return AddLines(file, *text);
    if (const std::string why = AddObject(file, 0, *text);
        !why.empty() && file.filename() == kManifestFile)
      AddUnreadable(file, 0, why);
  }
  Status AddFolder(const fs::path& top) {
    std::vector<fs::path> folders = {top};
    while (!folders.empty()) {
      if (stop_.requested()) return Fail(ErrorCode::kInterrupted, "interrupted");
      const fs::path folder = std::move(folders.back());
      folders.pop_back();
      if (IsExport(folder))
        AddExport(folder);
      else
        AddEntries(folder, folders);
    }
    return {};
  }
  std::vector<FoundResult> Take() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const FoundResult& a, const FoundResult& b) {
                       return std::tie(a.file, a.line) <
                              std::tie(b.file, b.line);
                     });
    return std::move(found_);
  }

 private:
  // Those that are folders go to `folders`.
  void AddEntries(const fs::path& folder, std::vector<fs::path>& folders) {
    std::error_code error;
    fs::directory_iterator it(folder, error);
    for (const fs::directory_iterator end; !error && it != end;
         it.increment(error)) {
      std::error_code unknown;
      const fs::file_status status = it->symlink_status(unknown);
      if (fs::is_directory(status))
        folders.push_back(it->path());
      else if (fs::is_regular_file(status))
        AddFile(it->path());
    }
    if (error)
      AddUnreadable(folder, 0, "not all of it can be listed: " + error.message());
  }

  // Lines that cannot be read count where another one is a result. A hostile
  // file has many: the last that is told stands for the rest.
  void AddLines(const fs::path& file, std::string_view text) {
    constexpr size_t kMostBadLines = 100;
    const size_t before = found_.size();
    std::vector<std::pair<int, std::string>> bad;
    int line = 0, more = 0;
    for (const std::string_view object : Split(text, '\n')) {
      std::string why = AddObject(file, ++line, object);
      if (why.empty()) continue;
      if (bad.size() < kMostBadLines)
        bad.emplace_back(line, std::move(why));
      else
        ++more;
    }
    if (found_.size() == before) return;
    if (more > 0) bad.back().second += format("; and so are {} more", more);
    for (const auto& [at, why] : bad) AddUnreadable(file, at, why);
  }
  // Why it is no JSON, where that alone makes it no lost result; else "".
  std::string AddObject(const fs::path& file, int line, std::string_view text) {
    if (Trim(text).empty()) return "";
    const auto json = ParseJson(text);
    if (!json && !BeginsAsResult(text)) return json.error().message;
    if (!json)
      AddUnreadable(file, line, json.error().message);
    else if (IsStoredResult(*json))
      found_.push_back({file, line, false, StoredResultFromJson(*json)});
    else if (ResemblesStoredResult(*json))
      AddUnreadable(file, line, "it has marks of a result, and lacks " +
                                    Join(LackingMarks(*json), " and "));
    return "";
  }
  void AddUnreadable(const fs::path& file, int line, const std::string& why) {
    found_.push_back({file, line, false, BadInput(why)});
  }

  const StopCondition& stop_;
  std::vector<FoundResult> found_;
};

tl::unexpected<Error> NothingIn(const fs::path& path) {
  return BadInput(format(
      "{} holds no result: neither an object as `evaluate --json` prints it, in "
      "a file .json or one a line in .jsonl, nor a folder that `export` made",
      path.string()));
}

}  // namespace

std::string FoundResult::name() const {
  return exported ? file.parent_path().string() : Place(file, line);
}

Result<std::vector<FoundResult>> FindStoredResults(const fs::path& path,
                                                   bool all,
                                                   const StopCondition& stop) {
  std::error_code error;
  Finder finder(stop);
  if (fs::is_regular_file(path, error)) {
    if (path.filename() == kManifestFile && IsExport(path.parent_path()))
      finder.AddExport(path.parent_path());
    else
      finder.AddFile(path);
  } else if (!fs::is_directory(path, error)) {
    return BadInput(format("{}: no such file or folder", path.string()));
  } else if (all) {
    RETURN_IF_ERROR(finder.AddFolder(path));
  } else if (IsExport(path)) {
    finder.AddExport(path);
  } else if (IsPlainFile(path / kManifestFile)) {
    finder.AddFile(path / kManifestFile);
  }
  std::vector<FoundResult> found = finder.Take();
  if (!found.empty()) return found;
  if (all || !fs::is_directory(path, error)) return NothingIn(path);
  return BadInput(format("{} is not an exported kernel: it has no {} of ours; "
                         "--all judges every result below it",
                         path.string(), kManifestFile));
}

}  // namespace kernelevolve
