// System calls that the C library wraps only in recent versions, or not at all.
// They allocate nothing and may be used between clone and exec.
#pragma once

#include <linux/mount.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdint>

namespace kernelevolve::worker::kernel {

inline int OpenTree(int folder, const char* path, unsigned flags) {
  return syscall(SYS_open_tree, folder, path, flags);
}
inline int OpenFilesystem(const char* type) {
  return syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}
inline int SetOption(int filesystem, const char* key, const char* value) {
  return syscall(SYS_fsconfig, filesystem, FSCONFIG_SET_STRING, key, value, 0);
}
inline int CreateFilesystem(int filesystem) {
  return syscall(SYS_fsconfig, filesystem, FSCONFIG_CMD_CREATE, nullptr,
                 nullptr, 0);
}
inline int MountFilesystem(int filesystem, unsigned attributes) {
  return syscall(SYS_fsmount, filesystem, FSMOUNT_CLOEXEC, attributes);
}
// Puts a detached mount onto `path` below the folder `root`.
inline int MoveMount(int mount, int root, const char* path) {
  return syscall(SYS_move_mount, mount, "", root, path,
                 MOVE_MOUNT_F_EMPTY_PATH);
}
inline int SetMountAttributes(int mount, const char* path, unsigned flags,
                              uint64_t attributes) {
  mount_attr change = {};
  change.attr_set = attributes;
  return syscall(SYS_mount_setattr, mount, path, flags, &change,
                 sizeof(change));
}
inline int MakePrivate(const char* path) {
  return syscall(SYS_mount, nullptr, path, nullptr, MS_REC | MS_PRIVATE,
                 nullptr);
}
inline int DetachMount(const char* path) {
  constexpr int kDetach = 2;  // MNT_DETACH; its header clashes with ours
  return syscall(SYS_umount2, path, kDetach);
}
inline int PivotRoot(const char* new_root, const char* old_root) {
  return syscall(SYS_pivot_root, new_root, old_root);
}
inline int CloseRange(unsigned first, unsigned last) {
  return syscall(SYS_close_range, first, last, 0);
}
inline int SignalProcess(int pidfd, int signal) {
  return syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0);
}
inline pid_t Clone3(const clone_args& arguments) {
  return syscall(SYS_clone3, &arguments, sizeof(arguments));
}

}  // namespace kernelevolve::worker::kernel
