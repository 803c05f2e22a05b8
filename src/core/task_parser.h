// task.toml → Task, with every mistake reported at once.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "core/task.h"

namespace kernelevolve {

// One mistake in a task file, for people: "task.toml:12: inputs[0].dtype:
// found "float", expected one of f64 f32 …".
struct Diagnostic {
  std::string file;
  int line = 0;  // 0 where the file as a whole is meant
  std::string key;
  std::string found;
  std::string expected;

  std::string ToString() const;
};

struct ParsedTask {
  Task task;                        // valid only if there are no diagnostics
  std::vector<Diagnostic> diagnostics;
};

// `files` holds task.toml and whatever it names (reference, baselines), by path
// within the folder. Unknown keys are mistakes.
ParsedTask ParseTask(std::map<std::string, std::string> files);

// Paths of the files that the task names, task.toml not among them.
std::vector<std::string> TaskFiles(const Task& task);

// Reads a folder (files named by task.toml only; none may lie outside of it) and
// parses it. All diagnostics are joined, one per line, in one kBadInput error.
Result<Task> LoadTask(const fs::path& folder);

// Whether `path` holds a task.toml.
bool IsTaskFolder(const fs::path& path);

// TASK of the command line: a folder, or the name of a shipped task under
// `data/tasks`. Unknown names answer with the nearest known one.
Result<Task> FindTask(const std::string& name_or_path, const fs::path& data);

// Names of the shipped tasks, sorted.
std::vector<std::string> ShippedTaskNames(const fs::path& data);

}  // namespace kernelevolve
