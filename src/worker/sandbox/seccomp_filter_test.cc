#include "worker/sandbox/seccomp_filter.h"

#include <gtest/gtest.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

namespace kernelevolve::worker {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kThisArch = AUDIT_ARCH_X86_64;
#else
constexpr uint32_t kThisArch = AUDIT_ARCH_AARCH64;
#endif

// As much of a BPF machine as filters use.
class Machine {
 public:
  Machine(const FilterCode& code, const seccomp_data& data)
      : code_(code), data_(data) {}

  uint32_t Run() {
    std::optional<uint32_t> answer;
    for (size_t at = 0; !answer && at < code_.size();) at = Step(at, answer);
    EXPECT_TRUE(answer) << "the filter runs off its end";
    return answer.value_or(0);
  }

 private:
  size_t Step(size_t at, std::optional<uint32_t>& answer) {
    const sock_filter& op = code_[at];
    switch (op.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        memcpy(&a_, reinterpret_cast<const char*>(&data_) + op.k, sizeof(a_));
        return at + 1;
      case BPF_ALU | BPF_AND | BPF_K:
        a_ &= op.k;
        return at + 1;
      case BPF_RET | BPF_K:
        answer = op.k;
        return at;
      case BPF_JMP | BPF_JA:
        return at + 1 + op.k;
      case BPF_JMP | BPF_JEQ | BPF_K:
        return at + 1 + (a_ == op.k ? op.jt : op.jf);
      case BPF_JMP | BPF_JGT | BPF_K:
        return at + 1 + (a_ > op.k ? op.jt : op.jf);
      case BPF_JMP | BPF_JGE | BPF_K:
        return at + 1 + (a_ >= op.k ? op.jt : op.jf);
      case BPF_JMP | BPF_JSET | BPF_K:
        return at + 1 + ((a_ & op.k) != 0 ? op.jt : op.jf);
      default:
        ADD_FAILURE() << "unexpected operation " << op.code;
        answer = 0;
        return at;
    }
  }

  const FilterCode& code_;
  const seccomp_data& data_;
  uint32_t a_ = 0;
};

constexpr uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr uint32_t kKill = SECCOMP_RET_KILL_PROCESS;
constexpr uint32_t kDeny = SECCOMP_RET_ERRNO | EPERM;

class FilterTest : public ::testing::TestWithParam<SyscallProfile> {
 protected:
  static uint32_t Ask(SyscallProfile profile, long number,
                      std::initializer_list<uint64_t> arguments = {}) {
    auto code = CompileFilter(profile);
    EXPECT_TRUE(code) << code.error().message;
    if (!code) return 0;
    if (profile == SyscallProfile::kRun) {
      EXPECT_TRUE(BindExecAddress(*code, kAddress));
    }
    seccomp_data data = {};
    data.nr = static_cast<int>(number);
    data.arch = kThisArch;
    std::copy(arguments.begin(), arguments.end(), data.args);
    return Machine(*code, data).Run();
  }

  static constexpr uint64_t kAddress = 0x345678912000;
};

INSTANTIATE_TEST_SUITE_P(Profiles, FilterTest,
                         ::testing::Values(SyscallProfile::kBuild,
                                           SyscallProfile::kRun,
                                           SyscallProfile::kDevice));

TEST_P(FilterTest, LetsComputingThrough) {
  for (long number : {SYS_read, SYS_write, SYS_mmap, SYS_futex, SYS_brk,
                      SYS_clock_gettime, SYS_exit_group, SYS_openat,
                      SYS_rt_sigaction, SYS_sched_yield, SYS_getrandom})
    EXPECT_EQ(Ask(GetParam(), number), kAllow) << number;
}

TEST_P(FilterTest, KillsAttacks) {
  for (long number : {SYS_ptrace,
                      SYS_process_vm_readv,
                      SYS_process_vm_writev,
                      SYS_kcmp,
                      SYS_perf_event_open,
                      SYS_bpf,
                      SYS_userfaultfd,
                      SYS_io_uring_setup,
                      SYS_io_uring_enter,
                      SYS_keyctl,
                      SYS_add_key,
                      SYS_request_key,
                      SYS_mount,
                      SYS_umount2,
                      SYS_pivot_root,
                      SYS_move_mount,
                      SYS_fsopen,
                      SYS_unshare,
                      SYS_setns,
                      SYS_kexec_load,
                      SYS_init_module,
                      SYS_finit_module,
                      SYS_open_by_handle_at,
                      SYS_pidfd_getfd})
    EXPECT_EQ(Ask(GetParam(), number), kKill) << number;
}

TEST_P(FilterTest, DeniesTheHarmless) {
  for (long number :
       {SYS_socket, SYS_shmget, SYS_setuid, SYS_sched_setaffinity,
        SYS_sched_setscheduler, SYS_name_to_handle_at, SYS_clock_settime})
    EXPECT_EQ(Ask(GetParam(), number), kDeny) << number;
  const bool device = GetParam() == SyscallProfile::kDevice;
  EXPECT_EQ(Ask(GetParam(), SYS_connect), device ? kAllow : kDeny);
}

TEST_P(FilterTest, KillsNewNamespaces) {
  for (uint64_t flag : {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET,
                        CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP}) {
    EXPECT_EQ(Ask(GetParam(), SYS_clone, {flag}), kKill) << flag;
    EXPECT_EQ(Ask(GetParam(), SYS_clone, {flag | CLONE_THREAD}), kKill) << flag;
  }
}

TEST_P(FilterTest, SendsCallersOfClone3ToClone) {
  EXPECT_EQ(Ask(GetParam(), SYS_clone3), SECCOMP_RET_ERRNO | ENOSYS);
}

TEST_P(FilterTest, PersonalityMayOnlyBeAsked) {
  EXPECT_EQ(Ask(GetParam(), SYS_personality, {0xffffffff}), kAllow);
  EXPECT_EQ(Ask(GetParam(), SYS_personality, {0x0040000}), kKill);
}

TEST_P(FilterTest, OnlyNamesAreSetByPrctl) {
  constexpr uint64_t kSetParentDeathSignal = 1, kSetName = 15;
  EXPECT_EQ(Ask(GetParam(), SYS_prctl, {kSetName}), kAllow);
  EXPECT_EQ(Ask(GetParam(), SYS_prctl, {kSetParentDeathSignal}), kDeny);
  constexpr uint64_t kSetTsc = 26, kSetMm = 35, kSetDispatch = 59;
  const bool run = GetParam() == SyscallProfile::kRun;
  for (uint64_t option : {kSetTsc, kSetMm, kSetDispatch})
    EXPECT_EQ(Ask(GetParam(), SYS_prctl, {option}), run ? kKill : kDeny) << option;
}

TEST_P(FilterTest, OtherArchitecturesDie) {
  auto code = CompileFilter(GetParam());
  ASSERT_TRUE(code);
  seccomp_data data = {};
  data.arch = AUDIT_ARCH_I386;
  EXPECT_EQ(Machine(*code, data).Run(), kKill);
#if defined(__x86_64__)
  data.arch = AUDIT_ARCH_X86_64;
  data.nr = 0x40000000 | SYS_write;  // the x32 twin of a number
  EXPECT_EQ(Machine(*code, data).Run(), kKill);
#endif
}

TEST_F(FilterTest, ARunHasThreadsButNoProcesses) {
  const auto run = SyscallProfile::kRun;
  EXPECT_EQ(Ask(run, SYS_clone, {CLONE_VM | CLONE_THREAD | CLONE_SIGHAND}),
            kAllow);
  EXPECT_EQ(Ask(run, SYS_clone, {SIGCHLD}), kDeny);
  EXPECT_EQ(Ask(run, SYS_clone, {CLONE_VM | CLONE_VFORK | SIGCHLD}), kDeny);
#ifdef SYS_fork
  EXPECT_EQ(Ask(run, SYS_fork), kDeny);
  EXPECT_EQ(Ask(run, SYS_vfork), kDeny);
#endif
}

TEST_F(FilterTest, ARunIsExecutedOnceOnly) {
  const auto run = SyscallProfile::kRun;
  EXPECT_EQ(Ask(run, SYS_execve, {kAddress}), kAllow);
  EXPECT_EQ(Ask(run, SYS_execve, {kAddress + 4096}), kKill);
  EXPECT_EQ(Ask(run, SYS_execve, {kAddress + (1ull << 32)}), kKill);
  EXPECT_EQ(Ask(run, SYS_execve, {kExecPlaceholder}), kKill);
  EXPECT_EQ(Ask(run, SYS_execveat), kKill);
  EXPECT_EQ(Ask(run, SYS_mincore), kKill);
}

TEST_F(FilterTest, ABuildStartsPrograms) {
  const auto build = SyscallProfile::kBuild;
  EXPECT_EQ(Ask(build, SYS_execve, {0x1234}), kAllow);
  EXPECT_EQ(Ask(build, SYS_clone, {CLONE_VM | CLONE_VFORK | SIGCHLD}), kAllow);
  EXPECT_EQ(Ask(build, SYS_wait4), kAllow);
}

TEST_F(FilterTest, HostCodeOnADeviceSpeaksWithItsDriver) {
  constexpr uint64_t kOfADriver = 0xc020462a;
  const auto device = SyscallProfile::kDevice;
  EXPECT_EQ(Ask(device, SYS_ioctl, {5, kOfADriver}), kAllow);
  EXPECT_EQ(Ask(device, SYS_recvmsg), kAllow);
  EXPECT_EQ(Ask(device, SYS_bind), kAllow);
  EXPECT_EQ(Ask(device, SYS_socket, {AF_UNIX}), kAllow);
  EXPECT_EQ(Ask(device, SYS_socket, {AF_INET}), kDeny);
  for (const auto other : {SyscallProfile::kBuild, SyscallProfile::kRun}) {
    EXPECT_EQ(Ask(other, SYS_ioctl, {5, kOfADriver}), kDeny);
    EXPECT_EQ(Ask(other, SYS_recvmsg), kDeny);
    EXPECT_EQ(Ask(other, SYS_bind), kDeny);
  }
}

TEST_F(FilterTest, WhoIsPausedHasNoTimerThatContinuesIt) {
  EXPECT_EQ(Ask(SyscallProfile::kRun, SYS_timer_create), kDeny);
  EXPECT_EQ(Ask(SyscallProfile::kDevice, SYS_timer_create), kDeny);
  EXPECT_EQ(Ask(SyscallProfile::kBuild, SYS_timer_create), kAllow);
}

TEST_F(FilterTest, WhoIsPausedHasNoFileThatContinuesIt) {
  for (const auto paused : {SyscallProfile::kRun, SyscallProfile::kDevice}) {
    for (const uint64_t command :
         {F_SETSIG, F_SETOWN, F_SETOWN_EX, F_NOTIFY, F_SETLEASE})
      EXPECT_EQ(Ask(paused, SYS_fcntl, {3, command, SIGCONT}), kDeny) << command;
    EXPECT_EQ(Ask(paused, SYS_fcntl, {3, F_SETFL, O_ASYNC | O_NONBLOCK}), kDeny);
    EXPECT_EQ(Ask(paused, SYS_fcntl, {3, F_SETFL, O_NONBLOCK}), kAllow);
    EXPECT_EQ(Ask(paused, SYS_fcntl, {3, F_DUPFD_CLOEXEC, 0}), kAllow);
  }
  EXPECT_EQ(Ask(SyscallProfile::kBuild, SYS_fcntl, {3, F_SETLEASE, F_RDLCK}),
            kAllow);
}

TEST_F(FilterTest, AFilterWithoutThePlaceIsRefused) {
  FilterCode empty;
  EXPECT_FALSE(BindExecAddress(empty, kAddress));
  auto build = CompileFilter(SyscallProfile::kBuild);
  ASSERT_TRUE(build);
  EXPECT_FALSE(BindExecAddress(*build, kAddress));
}

}  // namespace
}  // namespace kernelevolve::worker
