// Which system calls are what. Names that a libseccomp does not know are
// skipped; calls newer than it are given by number, which all architectures
// share from 424 on.
#pragma once

namespace kernelevolve::worker {

// clang-format off

// Passed for everybody: memory, threads, time, files, signals to oneself.
// Limits may be set, since without capabilities nobody raises one; sanitizers
// lower some at start.
inline constexpr const char* kCommonCalls[] = {
    "access", "alarm", "arch_prctl", "brk", "chdir", "clock_getres",
    "clock_gettime", "clock_nanosleep", "close", "close_range",
    "copy_file_range", "creat", "dup", "dup2", "dup3", "epoll_create",
    "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait",
    "eventfd", "eventfd2", "exit", "exit_group", "faccessat", "faccessat2",
    "fadvise64", "fallocate", "fchdir", "fdatasync", "flock", "fstat",
    "fstatfs", "fsync", "ftruncate", "futex", "futex_waitv", "get_mempolicy",
    "get_robust_list", "getcpu", "getcwd", "getdents", "getdents64", "getegid",
    "geteuid", "getgid", "getgroups", "getitimer", "getpgid", "getpgrp",
    "getpid", "getppid", "getpriority", "getrandom", "getresgid", "getresuid",
    "getrlimit", "getrusage", "getsid", "gettid", "gettimeofday", "getuid",
    "kill", "lseek", "lstat", "madvise", "mbind", "membarrier", "mkdir",
    "mkdirat", "mlock", "mlock2", "mmap", "mprotect", "mremap", "msync",
    "munlock", "munmap", "nanosleep", "newfstatat", "open", "openat",
    "openat2", "pause", "pipe", "pipe2", "poll", "ppoll", "pread64", "preadv",
    "preadv2", "prlimit64", "pselect6", "pwrite64", "pwritev", "pwritev2", "read",
    "readahead", "readlink", "readlinkat", "readv", "rename", "renameat",
    "renameat2", "restart_syscall", "rmdir", "rseq", "rt_sigaction",
    "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn",
    "rt_sigsuspend", "rt_sigtimedwait", "rt_tgsigqueueinfo",
    "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity",
    "sched_getattr", "sched_getparam", "sched_getscheduler",
    "sched_rr_get_interval", "sched_yield", "select", "sendfile",
    "set_mempolicy", "set_robust_list", "set_tid_address", "setitimer",
    "setrlimit",
    "sigaltstack", "stat", "statfs", "statx", "sysinfo", "tgkill", "time",
    "timer_delete", "timer_getoverrun", "timer_gettime",
    "timer_settime", "timerfd_create", "timerfd_gettime", "timerfd_settime",
    "times", "tkill", "truncate", "umask", "uname", "unlink", "unlinkat",
    "wait4", "waitid", "write", "writev",
};
// cachestat, futex_wake, futex_wait, futex_requeue, mseal.
inline constexpr int kCommonNewCalls[] = {451, 454, 455, 456, 462};

// Beside these, for compilers and what drives them.
inline constexpr const char* kBuildCalls[] = {
    "chmod", "chown", "execve", "execveat", "fchmod", "fchmodat", "fchown",
    "fchownat", "fgetxattr", "flistxattr", "fork", "futimesat", "getxattr",
    "inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch",
    "lchown", "lgetxattr", "link", "linkat", "listxattr", "llistxattr",
    "memfd_create", "mincore", "pidfd_open", "pidfd_send_signal", "setpgid",
    "setpriority", "setsid", "signalfd", "signalfd4", "socketpair", "splice", "symlink", "symlinkat", "tee", "utime",
    "utimensat", "utimes", "vfork", "vmsplice",
};

// Beside these, for host code on a device: its channel brings descriptors, and
// NVIDIA's driver binds a socket by which its own processes could pass memory
// on (cuInit fails without); in a network namespace of its own nobody answers.
inline constexpr const char* kDeviceCalls[] = {
    "accept", "accept4", "bind", "connect", "getpeername", "getsockname",
    "getsockopt", "listen", "recvfrom", "recvmsg", "sendmsg", "sendto",
    "setsockopt", "shutdown",
};

// Attacks: no honest kernel or compiler makes one by accident.
inline constexpr const char* kAttacks[] = {
    "acct", "add_key", "bpf", "chroot", "delete_module", "finit_module",
    "fsconfig", "fsmount", "fsopen", "fspick", "init_module", "io_uring_enter",
    "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp",
    "kexec_file_load", "kexec_load", "keyctl", "mount", "mount_setattr",
    "move_mount", "open_by_handle_at", "open_tree", "perf_event_open",
    "pidfd_getfd", "pivot_root", "process_vm_readv", "process_vm_writev",
    "ptrace", "reboot", "request_key", "setns", "swapoff", "swapon",
    "umount2", "unshare", "userfaultfd",
};
// open_tree_attr.
inline constexpr int kNewAttacks[] = {467};
// clang-format on

}  // namespace kernelevolve::worker
