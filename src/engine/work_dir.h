// WorkDir: the one class that knows every path in a run's folder.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace kernelevolve {

// A value; makes and reads nothing by itself but in Create and Open.
class WorkDir {
 public:
  // Makes the folder and what lies in it. Whether it may be used for a new run
  // is for OpenStore to say.
  static Result<WorkDir> Create(const fs::path& folder);
  // kBadInput if there is no run in it.
  static Result<WorkDir> Open(const fs::path& folder);

  const fs::path& root() const { return root_; }
  std::string name() const;
  fs::path database() const { return root_ / "run.db"; }
  fs::path best_folder() const { return root_ / "best"; }
  // With the extension of its language: best/kernel.cc.
  fs::path best_kernel(const std::string& extension) const;
  fs::path best_result() const { return best_folder() / "result.json"; }
  fs::path worker_logs() const { return root_ / "logs"; }
  // Of a run that is judged elsewhere: what it is called there, and the kernels
  // on their way.
  fs::path bundles() const { return root_ / "bundles.json"; }
  fs::path pending() const { return root_ / "pending.json"; }

 private:
  explicit WorkDir(fs::path root) : root_(std::move(root)) {}
  fs::path root_;
};

// <runs>/<task>-<yyyymmdd>-<hhmmss>, with -2, -3, … where that is taken.
fs::path NewRunFolder(const fs::path& runs, const std::string& task_name,
                      double wall_seconds);
// Folders directly under `runs` that hold a run, oldest name first.
std::vector<fs::path> ListRunFolders(const fs::path& runs);

}  // namespace kernelevolve
