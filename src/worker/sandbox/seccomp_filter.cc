#include "worker/sandbox/seccomp_filter.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/fd.h"
#include "base/format.h"
#include "worker/sandbox/memory_file.h"
#include "worker/sandbox/seccomp_lists.h"

// Newer than some C libraries' headers.
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

namespace kernelevolve::worker {
namespace {

constexpr uint64_t kNamespaceFlags[] = {
    CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
    CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
constexpr uint64_t kAnyNamespace = CLONE_NEWNS | CLONE_NEWCGROUP |
                                   CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                   CLONE_NEWPID | CLONE_NEWNET;
constexpr uint64_t kQuery = 0xffffffff;  // of personality
constexpr uint32_t kHarmless = SCMP_ACT_ERRNO(EPERM);
constexpr uint32_t kAttack = SCMP_ACT_KILL_PROCESS;

// Collects rules; the first error sticks, so that rules can be listed plainly.
class FilterBuilder {
 public:
  FilterBuilder() : context_(seccomp_init(kHarmless), seccomp_release) {
    if (!context_) {
      Note(-ENOMEM, "seccomp_init");
      return;
    }
    Note(seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, kAttack),
         "bad architecture");
    // A binary tree: a filter is walked at each call of a timed kernel.
    Note(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2),
         "optimisation");
  }

  void Add(uint32_t action, const char* name,
           std::initializer_list<scmp_arg_cmp> conditions = {}) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number >= 0) AddNumber(action, number, conditions);
  }

  void AddNumber(uint32_t action, int number,
                 std::initializer_list<scmp_arg_cmp> conditions = {}) {
    if (!error_.empty()) return;
    Note(seccomp_rule_add_array(context_.get(), action, number,
                                conditions.size(), conditions.begin()),
         format("rule for system call {}", number));
  }

  Result<FilterCode> Compile() {
    if (!error_.empty()) return Broken("seccomp: " + error_);
    ASSIGN_OR_RETURN(const Fd file, MakeMemoryFile("filter"));
    Note(seccomp_export_bpf(context_.get(), file.get()), "export");
    if (!error_.empty()) return Broken("seccomp: " + error_);
    const off_t bytes = lseek(file.get(), 0, SEEK_END);
    FilterCode code(bytes / sizeof(sock_filter));
    if (pread(file.get(), code.data(), bytes, 0) != bytes)
      return SystemError("seccomp: cannot read the filter back");
    return code;
  }

 private:
  void Note(int result, const std::string& what) {
    if (result < 0 && error_.empty())
      error_ = format("{}: {}", what, strerror(-result));
  }

  std::unique_ptr<void, decltype(&seccomp_release)> context_;
  std::string error_;
};

void AddAttacks(FilterBuilder& filter) {
  for (const char* name : kAttacks) filter.Add(kAttack, name);
  for (int number : kNewAttacks) filter.AddNumber(kAttack, number);
  for (uint64_t flag : kNamespaceFlags)
    filter.Add(kAttack, "clone", {SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag)});
  // 0xffffffff only asks.
  filter.Add(SCMP_ACT_ALLOW, "personality", {SCMP_A0(SCMP_CMP_EQ, kQuery)});
  filter.Add(kAttack, "personality", {SCMP_A0(SCMP_CMP_NE, kQuery)});
}

void AddCommon(FilterBuilder& filter) {
  for (const char* name : kCommonCalls) filter.Add(SCMP_ACT_ALLOW, name);
  for (int number : kCommonNewCalls) filter.AddNumber(SCMP_ACT_ALLOW, number);
  // Its flags are behind a pointer, out of a filter's sight; the C library then
  // falls back to clone, whose flags are not.
  filter.Add(SCMP_ACT_ERRNO(ENOSYS), "clone3");
  // Names of threads and mappings; never parent-death signals or the like.
  for (uint64_t option :
       {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_VMA})
    filter.Add(SCMP_ACT_ALLOW, "prctl", {SCMP_A0(SCMP_CMP_EQ, option)});
}

void AddFileControls(FilterBuilder& filter) {
  for (uint64_t request :
       {TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX})
    filter.Add(SCMP_ACT_ALLOW, "ioctl", {SCMP_A1(SCMP_CMP_EQ, request)});
}

// Of a stopped process that may be continued by the judge alone: what makes
// another's reading of a file send a signal of its choice is left out (F_SETSIG,
// F_SETOWN, F_SETOWN_EX, F_NOTIFY, F_SETLEASE, O_ASYNC).
void AddQuietFcntl(FilterBuilder& filter) {
  for (uint64_t command :
       {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_GETLK, F_SETLK,
        F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GETOWN, F_GETSIG,
        F_GETLEASE, F_SETPIPE_SZ, F_GETPIPE_SZ, F_ADD_SEALS, F_GET_SEALS,
        F_GET_RW_HINT, F_SET_RW_HINT, F_GET_FILE_RW_HINT, F_SET_FILE_RW_HINT})
    filter.Add(SCMP_ACT_ALLOW, "fcntl", {SCMP_A1(SCMP_CMP_EQ, command)});
  filter.Add(SCMP_ACT_ALLOW, "fcntl",
             {SCMP_A1(SCMP_CMP_EQ, F_SETFL),
              SCMP_A2(SCMP_CMP_MASKED_EQ, O_ASYNC, 0)});
}

void AddRun(FilterBuilder& filter) {
  filter.Add(SCMP_ACT_ALLOW, "clone",
             {SCMP_A0(SCMP_CMP_MASKED_EQ, kAnyNamespace | CLONE_THREAD,
                      CLONE_THREAD)});
  filter.Add(SCMP_ACT_ALLOW, "execve",
             {SCMP_A0(SCMP_CMP_EQ, kExecPlaceholder)});
  filter.Add(kAttack, "execve", {SCMP_A0(SCMP_CMP_NE, kExecPlaceholder)});
  filter.Add(kAttack, "execveat");
  // Traps of clocks and of system calls, and what memory is said to be what.
  for (uint64_t option : {PR_SET_TSC, PR_SET_MM, PR_SET_SYSCALL_USER_DISPATCH})
    filter.Add(kAttack, "prctl", {SCMP_A0(SCMP_CMP_EQ, option)});
  // Which pages are there: of no use to who keeps to its tensors.
  filter.Add(kAttack, "mincore");
  // A runner keeps its handler of faults: filters only ever take away.
  filter.Add(SCMP_ACT_ALLOW, "prctl", {SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)});
  // Affinity is in no list: it is the wall around the cores of the objective.
}

void AddBuild(FilterBuilder& filter) {
  for (const char* name : kBuildCalls) filter.Add(SCMP_ACT_ALLOW, name);
  // A server of ours hides its memory from what it forks.
  filter.Add(SCMP_ACT_ALLOW, "prctl",
             {SCMP_A0(SCMP_CMP_EQ, PR_SET_DUMPABLE)});
  filter.Add(SCMP_ACT_ALLOW, "clone",
             {SCMP_A0(SCMP_CMP_MASKED_EQ, kAnyNamespace, 0)});
}

void AddDevice(FilterBuilder& filter) {
  for (const char* name : kDeviceCalls) filter.Add(SCMP_ACT_ALLOW, name);
  filter.Add(SCMP_ACT_ALLOW, "ioctl");  // how a driver is spoken to
  filter.Add(SCMP_ACT_ALLOW, "socket", {SCMP_A0(SCMP_CMP_EQ, AF_UNIX)});
}

}  // namespace

Result<FilterCode> CompileFilter(SyscallProfile profile) {
  FilterBuilder filter;
  AddCommon(filter);
  AddAttacks(filter);
  if (profile == SyscallProfile::kRun)
    AddRun(filter);
  else
    AddBuild(filter);
  // A timer can send the signal that continues a stopped process: none for those
  // that the judge pauses.
  if (profile == SyscallProfile::kBuild) {
    filter.Add(SCMP_ACT_ALLOW, "timer_create");
    filter.Add(SCMP_ACT_ALLOW, "fcntl");
  } else {
    AddQuietFcntl(filter);
  }
  if (profile == SyscallProfile::kDevice)
    AddDevice(filter);
  else
    AddFileControls(filter);
  return filter.Compile();
}

Status BindExecAddress(FilterCode& filter, uint64_t address) {
  constexpr uint32_t kHigh = kExecPlaceholder >> 32;
  constexpr uint32_t kLow = static_cast<uint32_t>(kExecPlaceholder);
  bool high = false, low = false;
  for (sock_filter& instruction : filter) {
    if (BPF_CLASS(instruction.code) != BPF_JMP) continue;
    if (instruction.k == kHigh) {
      instruction.k = address >> 32;
      high = true;
    } else if (instruction.k == kLow) {
      instruction.k = static_cast<uint32_t>(address);
      low = true;
    }
  }
  if (!high || !low) return Broken("seccomp: the exec rule is not in place");
  return {};
}

}  // namespace kernelevolve::worker
