// Tasks on disk: a folder is read into memory, then parsed like any other.
#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "core/task_parser.h"

namespace kernelevolve {
namespace {

constexpr uint64_t kMaxFileBytes = 1 << 20;

// True if the file, links followed, lies below the folder.
bool LiesWithin(const fs::path& file, const fs::path& folder) {
  std::error_code error;
  const fs::path real_file = fs::canonical(file, error);
  if (error) return false;
  const fs::path real_folder = fs::canonical(folder, error);
  if (error) return false;
  const auto [end, unused] =
      std::mismatch(real_folder.begin(), real_folder.end(), real_file.begin(),
                    real_file.end());
  return end == real_folder.end();
}

Diagnostic FileMistake(const std::string& path, std::string found,
                       std::string expected) {
  return {path, 0, "", std::move(found), std::move(expected)};
}

// Adds the file to `files`, or says why not. A file that does not exist is left
// to the parser, which knows the line that names it.
std::optional<Diagnostic> ReadNamedFile(
    const fs::path& folder, const std::string& path,
    std::map<std::string, std::string>& files) {
  std::error_code error;
  const fs::path full = folder / path;
  if (!fs::exists(full, error)) return std::nullopt;
  if (!LiesWithin(full, folder))
    return FileMistake(path, "a link that leads out of the task's folder",
                       "a file within it");
  if (!fs::is_regular_file(full, error))
    return FileMistake(path, "no regular file", "a file");
  Result<std::string> contents = ReadFile(full, kMaxFileBytes);
  if (!contents)
    return FileMistake(path, contents.error().message,
                       "a readable file of at most 1 MiB");
  files[path] = *std::move(contents);
  return std::nullopt;
}

std::string JoinLines(const fs::path& folder,
                      const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> lines;
  for (Diagnostic diagnostic : diagnostics) {
    diagnostic.file = (folder / diagnostic.file).string();
    lines.push_back(diagnostic.ToString());
  }
  return Join(lines, "\n");
}

}  // namespace

bool IsTaskFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path / "task.toml", error);
}

Result<Task> LoadTask(const fs::path& folder) {
  std::map<std::string, std::string> files;
  std::vector<Diagnostic> diagnostics;
  const auto read = [&](const std::string& path) {
    if (const auto mistake = ReadNamedFile(folder, path, files))
      diagnostics.push_back(*mistake);
  };
  read("task.toml");
  if (!diagnostics.empty()) return BadInput(JoinLines(folder, diagnostics));
  if (files.empty())
    return BadInput(
        format("{}: no such file; a task is a folder with a task.toml",
               (folder / "task.toml").string()));
  // Once for the names of the files, once more when they are there.
  for (const std::string& path : TaskFiles(ParseTask(files).task)) read(path);
  // What was reported just now needs no second complaint from the parser.
  for (const Diagnostic& reported : diagnostics)
    files.emplace(reported.file, "");
  ParsedTask parsed = ParseTask(std::move(files));
  diagnostics.insert(diagnostics.begin(), parsed.diagnostics.begin(),
                     parsed.diagnostics.end());
  if (!diagnostics.empty()) return BadInput(JoinLines(folder, diagnostics));
  return std::move(parsed.task);
}

Result<Task> FindTask(const std::string& name_or_path, const fs::path& data) {
  std::error_code error;
  if (name_or_path.empty()) return BadInput("the task's name is empty");
  // The nearest wins: a task folder here, then a shipped one of that name, then
  // a folder that turns out to be no task.
  const bool is_word = name_or_path.find('/') == std::string::npos &&
                       name_or_path != "." && name_or_path != "..";
  if (IsTaskFolder(name_or_path)) return LoadTask(name_or_path);
  if (is_word && IsTaskFolder(data / "tasks" / name_or_path))
    return LoadTask(data / "tasks" / name_or_path);
  if (fs::is_directory(name_or_path, error)) return LoadTask(name_or_path);
  const std::vector<std::string> known = ShippedTaskNames(data);
  const std::string nearest = is_word ? Nearest(name_or_path, known) : "";
  return BadInput(format(
      "no task \"{}\": neither a folder nor a shipped task{}; shipped are: {}",
      Sanitize(name_or_path, 200),
      nearest.empty() ? "" : "; did you mean " + nearest + "?",
      known.empty() ? "none" : Join(known, ", ")));
}

std::vector<std::string> ShippedTaskNames(const fs::path& data) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(data / "tasks", error), end;
       !error && it != end; it.increment(error))
    if (IsTaskFolder(it->path()))
      names.push_back(it->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace kernelevolve
