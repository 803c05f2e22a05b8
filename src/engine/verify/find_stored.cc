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
  return json && GetString(*json, "task_digest") &&
         GetMember(*json, "sha256").is_object();
}

std::string Place(const fs::path& file, int line) {
  return line > 0 ? format("{}:{}", file.string(), line) : file.string();
}

class Finder {
 public:
  explicit Finder(const StopCondition& stop) : stop_(stop) {}

  void AddExport(const fs::path& folder) {
    found_.results.push_back(
        {folder / kManifestFile, 0, true, ResultOfExport(folder)});
  }
  void AddFile(const fs::path& file) {
    const bool lines = file.extension() == ".jsonl";
    if (!lines && file.extension() != ".json") return;
    const auto text = ReadFile(file);
    if (!text) return PassOver(file, 0, text.error().message);
    if (!lines) return AddObject(file, 0, *text);
    int line = 0;
    for (const std::string_view object : Split(*text, '\n'))
      AddObject(file, ++line, object);
  }
  Status AddFolder(const fs::path& folder) {
    if (IsExport(folder)) return AddExport(folder), Status();
    std::error_code error;
    fs::recursive_directory_iterator it(
        folder, fs::directory_options::skip_permission_denied, error);
    for (const fs::recursive_directory_iterator end; !error && it != end;
         it.increment(error)) {
      if (stop_.requested()) return Fail(ErrorCode::kInterrupted, "interrupted");
      AddEntry(it);
    }
    if (error)
      PassOver(folder, 0, "not all of it can be listed: " + error.message());
    return {};
  }
  FoundResults Take() {
    std::stable_sort(found_.results.begin(), found_.results.end(),
                     [](const FoundResult& a, const FoundResult& b) {
                       return std::tie(a.file, a.line) <
                              std::tie(b.file, b.line);
                     });
    std::sort(found_.passed_over.begin(), found_.passed_over.end());
    return std::move(found_);
  }

 private:
  void AddEntry(fs::recursive_directory_iterator& it) {
    std::error_code error;
    const fs::file_status status = it->symlink_status(error);
    if (fs::is_directory(status) && IsExport(it->path())) {
      AddExport(it->path());
      it.disable_recursion_pending();
    } else if (fs::is_regular_file(status)) {
      AddFile(it->path());
    }
  }
  void AddObject(const fs::path& file, int line, std::string_view text) {
    if (Trim(text).empty()) return;
    const auto json = ParseJson(text);
    if (!json) return PassOver(file, line, json.error().message);
    if (!IsStoredResult(*json)) return;
    found_.results.push_back({file, line, false, StoredResultFromJson(*json)});
  }
  // Once per file: a large one of another kind would drown the rest.
  void PassOver(const fs::path& file, int line, const std::string& why) {
    if (file == last_passed_over_) return;
    last_passed_over_ = file;
    found_.passed_over.push_back(format("{}: {}", Place(file, line), why));
  }

  const StopCondition& stop_;
  FoundResults found_;
  fs::path last_passed_over_;
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

Result<FoundResults> FindStoredResults(const fs::path& path, bool all,
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
  } else {
    return BadInput(format("{} is not an exported kernel: it has no {} of ours; "
                           "--all judges every result below it",
                           path.string(), kManifestFile));
  }
  FoundResults found = finder.Take();
  if (found.results.empty()) return NothingIn(path);
  return found;
}

}  // namespace kernelevolve
