#include "worker/sandbox/mount_plan.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "base/format.h"

namespace kernelevolve::worker {
namespace {

using Kind = MountStep::Kind;

// What a build may see of the system: the compiler, its headers and libraries.
constexpr const char* kBuildFolders[] = {"/usr", "/etc/alternatives"};
// What a candidate may see: what ld.so needs.
constexpr const char* kRunFolders[] = {"/usr/lib", "/usr/lib32", "/usr/lib64",
                                       "/usr/libx32", "/usr/local/lib"};
constexpr const char* kRootFolders[] = {"/lib", "/lib32", "/lib64", "/libx32"};
constexpr const char* kBuildRootFolders[] = {"/bin", "/sbin"};
constexpr const char* kDevices[] = {"/dev/null", "/dev/zero", "/dev/full",
                                    "/dev/random", "/dev/urandom"};
// Our own data, where it is installed below a system folder: tasks hold
// references, which a build must not read.
constexpr const char* kOurData[] = {"/usr/share/kernelevolve",
                                    "/usr/local/share/kernelevolve"};

class Planner {
 public:
  explicit Planner(const Identity& identity) : identity_(identity) {}

  void AddFolder(const fs::path& inside) {
    const std::string target = inside.relative_path().generic_string();
    if (target.empty() || !made_.insert(target).second) return;
    AddFolder(inside.parent_path());
    plan_.steps.push_back({.kind = Kind::kFolder, .target = target});
  }

  Status AddBind(const SandboxBind& bind) {
    if (!bind.host.is_absolute() || !bind.inside.is_absolute())
      return BadInput(
          format("sandbox bind {} -> {}: both paths must be "
                 "absolute",
                 bind.host.string(), bind.inside.string()));
    struct stat info;
    if (stat(bind.host.c_str(), &info) != 0)
      return SystemError("sandbox bind " + bind.host.string());
    RETURN_IF_ERROR(MakeUsable(bind, info));
    AddFolder(bind.inside.parent_path());
    const std::string target = bind.inside.relative_path().generic_string();
    made_.insert(target);
    plan_.steps.push_back({.kind = Kind::kBind,
                           .target = target,
                           .source = bind.host.string(),
                           .folder = S_ISDIR(info.st_mode),
                           .writable = bind.writable,
                           .device = S_ISCHR(info.st_mode)});
    return {};
  }

  // A system path is bound where it is, copied where it is a link, and left
  // out where the machine has none.
  Status AddSystemPath(const char* path) {
    struct stat info;
    if (lstat(path, &info) != 0) return {};
    if (!S_ISLNK(info.st_mode)) return AddBind({path, path, false});
    std::error_code ignored;
    const std::string link = fs::read_symlink(path, ignored).string();
    plan_.steps.push_back({.kind = Kind::kLink,
                           .target = fs::path(path).relative_path().string(),
                           .source = link});
    return {};
  }

  void AddTmpfs(const std::string& target, uint64_t bytes, bool writable,
                bool executable) {
    plan_.steps.push_back({.kind = Kind::kTmpfs,
                           .target = target,
                           .writable = writable,
                           .executable = executable,
                           .bytes = std::to_string(bytes)});
  }

  void AddProc(bool whole) {
    AddFolder("/proc");
    plan_.steps.push_back(
        {.kind = Kind::kProc, .target = "proc", .whole_proc = whole});
  }

  MountPlan Take() { return std::move(plan_); }

 private:
  Status MakeUsable(const SandboxBind& bind, const struct stat& info) {
    if (!identity_.throw_away || S_ISCHR(info.st_mode)) return {};
    const mode_t needed = S_ISDIR(info.st_mode) ? S_IROTH | S_IXOTH : S_IROTH;
    const bool readable = (info.st_mode & needed) == needed;
    const bool owned = info.st_uid == identity_.host_user;
    if (owned || (readable && !bind.writable)) return {};
    if (chown(bind.host.c_str(), identity_.host_user, identity_.host_group))
      return SystemError(format("sandbox bind {}: cannot give it to uid {}",
                                bind.host.string(), identity_.host_user));
    return {};
  }

  const Identity& identity_;
  MountPlan plan_;
  std::set<std::string> made_;
};

Status AddSystem(Planner& planner, const SandboxSpec& spec) {
  const bool build = spec.profile != SyscallProfile::kRun;
  if (build) {
    for (const char* path : kBuildFolders)
      RETURN_IF_ERROR(planner.AddSystemPath(path));
    for (const char* path : kBuildRootFolders)
      RETURN_IF_ERROR(planner.AddSystemPath(path));
    for (const char* path : kOurData)
      if (access(path, F_OK) == 0)
        planner.AddTmpfs(path + 1, 4096, false, false);
  } else {
    for (const char* path : kRunFolders)
      RETURN_IF_ERROR(planner.AddSystemPath(path));
  }
  for (const char* path : kRootFolders)
    RETURN_IF_ERROR(planner.AddSystemPath(path));
  RETURN_IF_ERROR(planner.AddSystemPath("/etc/ld.so.cache"));
  for (const char* path : kDevices)
    RETURN_IF_ERROR(planner.AddBind({path, path, false}));
  planner.AddProc(build);
  planner.AddFolder("/tmp");
  planner.AddTmpfs("tmp", spec.limits.tmpfs_bytes, true, build);
  return {};
}

}  // namespace

Result<MountPlan> PlanMounts(const SandboxSpec& spec,
                             const Identity& identity) {
  Planner planner(identity);
  RETURN_IF_ERROR(AddSystem(planner, spec));
  std::vector<SandboxBind> binds = spec.binds;
  std::ranges::stable_sort(binds, {}, [](const SandboxBind& bind) {
    return std::ranges::count(bind.inside.native(), '/');
  });
  for (const SandboxBind& bind : binds) RETURN_IF_ERROR(planner.AddBind(bind));
  return planner.Take();
}

std::string ToHostPaths(std::string text,
                        const std::vector<SandboxBind>& binds) {
  for (const SandboxBind& bind : binds) {
    const std::string& inside = bind.inside.native();
    const std::string& host = bind.host.native();
    size_t at = text.find(inside);
    while (at != std::string::npos) {
      const size_t end = at + inside.size();
      const bool whole = end == text.size() || text[end] == '/';
      if (whole) text.replace(at, inside.size(), host);
      at = text.find(inside, at + (whole ? host.size() : inside.size()));
    }
  }
  return text;
}

}  // namespace kernelevolve::worker
