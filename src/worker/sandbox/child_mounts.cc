#include "worker/sandbox/child_mounts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "worker/sandbox/child_report.h"
#include "worker/sandbox/kernel_calls.h"

namespace kernelevolve::worker {
namespace {

using Kind = MountStep::Kind;

// Room for mount points and links only.
constexpr const char* kRootBytes = "1048576";
constexpr const char* kInodes = "16384";

struct TmpfsOptions {
  const char* bytes;
  const char* mode;
  unsigned attributes;
};

int MakeTmpfs(const ChildPlan& plan, const TmpfsOptions& options) {
  const int files =
      Must(plan, kernel::OpenFilesystem("tmpfs"), "mount: fsopen tmpfs");
  Must(plan, kernel::SetOption(files, "size", options.bytes), "tmpfs size");
  Must(plan, kernel::SetOption(files, "nr_inodes", kInodes), "tmpfs inodes");
  Must(plan, kernel::SetOption(files, "mode", options.mode), "tmpfs mode");
  Must(plan, kernel::CreateFilesystem(files), "mount: create tmpfs");
  const int mount = Must(
      plan, kernel::MountFilesystem(files, options.attributes), "mount tmpfs");
  close(files);
  return mount;
}

void MakeMountPoint(const ChildPlan& plan, int root, const MountStep& step) {
  const char* path = step.target.c_str();
  if (step.kind != Kind::kBind || step.folder) {
    if (mkdirat(root, path, 0755) != 0 && errno != EEXIST)
      FailChild(plan, "mount: cannot make mount point /", path);
    return;
  }
  const int file = openat(root, path, O_CREAT | O_RDONLY | O_CLOEXEC, 0444);
  // A bind into a folder that is already there read-only may find its target.
  if (file < 0 && faccessat(root, path, F_OK, 0) != 0)
    FailChild(plan, "mount: cannot make mount point /", path);
  close(file);
}

void Bind(const ChildPlan& plan, int root, const MountStep& step) {
  uint64_t attributes = MOUNT_ATTR_NOSUID;
  if (!step.device) attributes |= MOUNT_ATTR_NODEV;
  if (!step.writable) attributes |= MOUNT_ATTR_RDONLY;
  Must(plan,
       kernel::SetMountAttributes(step.tree, "", AT_EMPTY_PATH | AT_RECURSIVE,
                                  attributes),
       "mount: mount_setattr (needs Linux 5.12) on ", step.source.c_str());
  MakeMountPoint(plan, root, step);
  Must(plan, kernel::MoveMount(step.tree, root, step.target.c_str()),
       "mount: cannot bind ", step.source.c_str());
  close(step.tree);
}

void PlaceTmpfs(const ChildPlan& plan, int root, const MountStep& step) {
  unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  if (!step.executable) attributes |= MOUNT_ATTR_NOEXEC;
  if (!step.writable) attributes |= MOUNT_ATTR_RDONLY;
  const int mount = MakeTmpfs(plan, {step.bytes.c_str(), "0700", attributes});
  Must(plan, kernel::MoveMount(mount, root, step.target.c_str()),
       "mount: cannot place tmpfs at /", step.target.c_str());
  close(mount);
}

// A container that hides parts of its /proc may not make a new one; the folder
// then stays empty, which hides more, and compilers and candidates live.
void PlaceProc(const ChildPlan& plan, int root, const MountStep& step) {
  const int files = kernel::OpenFilesystem("proc");
  if (files < 0) return;
  kernel::SetOption(files, "hidepid", "invisible");
  if (!step.whole_proc) kernel::SetOption(files, "subset", "pid");
  const int mount = kernel::CreateFilesystem(files) != 0
                        ? -1
                        : kernel::MountFilesystem(files, MOUNT_ATTR_NOSUID |
                                                             MOUNT_ATTR_NODEV |
                                                             MOUNT_ATTR_NOEXEC);
  if (mount >= 0)
    Must(plan, kernel::MoveMount(mount, root, step.target.c_str()),
         "mount: cannot place /proc");
  close(mount);
  close(files);
}

void Place(const ChildPlan& plan, int root, const MountStep& step) {
  switch (step.kind) {
    case Kind::kFolder:
      return MakeMountPoint(plan, root, step);
    case Kind::kLink:
      Must(plan, symlinkat(step.source.c_str(), root, step.target.c_str()),
           "mount: cannot link /", step.target.c_str());
      return;
    case Kind::kBind:
      return Bind(plan, root, step);
    case Kind::kTmpfs:
      return PlaceTmpfs(plan, root, step);
    case Kind::kProc:
      return PlaceProc(plan, root, step);
  }
}

}  // namespace

void CloneBinds(ChildPlan& plan) {
  Must(plan, kernel::MakePrivate("/"), "mount: cannot make / private");
  for (MountStep& step : plan.mounts.steps) {
    if (step.kind != Kind::kBind) continue;
    step.tree = Must(
        plan,
        kernel::OpenTree(AT_FDCWD, step.source.c_str(),
                         OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE),
        "mount: cannot clone ", step.source.c_str());
  }
}

void EnterNewRoot(ChildPlan& plan) {
  const int root = MakeTmpfs(
      plan, {kRootBytes, "0755", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV});
  Must(plan, kernel::MoveMount(root, AT_FDCWD, "/tmp"),
       "mount: cannot place the new root");
  for (const MountStep& step : plan.mounts.steps) Place(plan, root, step);
  Must(plan,
       kernel::SetMountAttributes(root, "", AT_EMPTY_PATH, MOUNT_ATTR_RDONLY),
       "mount: cannot make the new root read-only");
  Must(plan, fchdir(root), "mount: cannot enter the new root");
  close(root);
  Must(plan, kernel::PivotRoot(".", "."), "mount: pivot_root");
  Must(plan, kernel::DetachMount("."), "mount: cannot drop the old root");
  Must(plan, chdir("/"), "mount: cannot enter the new root");
}

}  // namespace kernelevolve::worker
