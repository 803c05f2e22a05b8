#include "engine/work_dir.h"

#include <algorithm>
#include <ctime>

#include "base/format.h"
#include "store/open_store.h"

namespace kernelevolve {

Result<WorkDir> WorkDir::Create(const fs::path& folder) {
  const WorkDir work_dir(fs::absolute(folder).lexically_normal());
  RETURN_IF_ERROR(MakeFolders(work_dir.worker_logs()));
  RETURN_IF_ERROR(MakeFolders(work_dir.best_folder()));
  return work_dir;
}

Result<WorkDir> WorkDir::Open(const fs::path& folder) {
  if (!HoldsRun(folder))
    return BadInput(format("{} holds no run", folder.string()));
  return WorkDir(fs::absolute(folder).lexically_normal());
}

std::string WorkDir::name() const {
  // A path that was written with a slash at its end has an empty file name.
  return root_.has_filename() ? root_.filename().string()
                              : root_.parent_path().filename().string();
}

fs::path WorkDir::best_kernel(const std::string& extension) const {
  return best_folder() / ("kernel" + extension);
}

fs::path NewRunFolder(const fs::path& runs, const std::string& task_name,
                      double wall_seconds) {
  const auto seconds = static_cast<std::time_t>(wall_seconds);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
  const fs::path base = runs / format("{}-{}", task_name, stamp);
  fs::path folder = base;
  std::error_code error;
  for (int i = 2; fs::exists(folder, error); ++i)
    folder = format("{}-{}", base.string(), i);
  return folder;
}

std::vector<fs::path> ListRunFolders(const fs::path& runs) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator it(runs, error), end; !error && it != end;
       it.increment(error))
    if (HoldsRun(it->path())) folders.push_back(it->path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace kernelevolve
