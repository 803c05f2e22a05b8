#include "worker/sandbox/self_test_cases.h"

#include <signal.h>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker {
namespace {

constexpr uint64_t kMegabyte = 1 << 20;
#ifdef __SANITIZE_ADDRESS__
constexpr uint64_t kSmallMemory = 480;  // its shadow counts as well
#else
constexpr uint64_t kSmallMemory = 48;
#endif

// Small, so that exceeding them takes milliseconds.
SandboxLimits SmallLimits() {
  SandboxLimits limits;
  limits.memory_bytes = kSmallMemory * kMegabyte;
  limits.file_bytes = kMegabyte;
  limits.tmpfs_bytes = 2 * kMegabyte;
  limits.tasks = 8;
  limits.cpu_seconds = 5;
  return limits;
}

std::string Bytes(uint64_t megabytes) {
  return std::to_string(megabytes * kMegabyte);
}

// Without a GPU's nodes, which only a program that was lent one has.
std::vector<std::string> Devices() {
  return {"null", "zero", "full", "random", "urandom"};
}

std::vector<ProbeCase> FileCases(const ProbeTargets& targets) {
  return {
      {"programs run", "control", {}, ProbeEnd::kAllowed},
      {"host files are out of sight", "read_file", {targets.secret_file}},
      {"host folders are out of sight", "see_host_root", {}},
      {"the root and binds are read-only", "write_read_only", {"/ke/worker"}},
      {"the build cache is out of reach", "write_folder", {targets.cache}},
      {"no shared memory to write", "write_shared_memory", {}},
      {"devices are out of sight", "see_devices", Devices()},
      {.layer = "devices are out of sight of host code",
       .probe = "see_devices",
       .arguments = Devices(),
       .profile = SyscallProfile::kDevice},
      {"environment is built from a list",
       "see_environment",
       {"PATH", "HOME", "TMPDIR", "LANG"}},
      {"descriptors are closed", "find_descriptors", {"0"}},
      {"written files are not executable", "map_written_code", {}},
  };
}

std::vector<ProbeCase> ProcessCases(const ProbeTargets& targets) {
  const std::string worker = std::to_string(targets.worker);
  return {
      {"other processes are out of sight", "see_processes", {}},
      {"the worker cannot be signalled", "signal_worker", {worker}},
      {"the worker cannot be traced", "trace_worker", {worker}},
      {"the worker's memory is unreadable",
       "read_worker",
       {worker, targets.secret_address, targets.secret_text}},
      {"no connection to this machine",
       "connect",
       {std::to_string(targets.port)}},
      // The one kind of socket that some programs may have.
      {.layer = "no connection to this machine by name",
       .probe = "connect_by_name",
       .arguments = {targets.socket_name},
       .profile = SyscallProfile::kDevice},
      {"no way to other machines", "reach_outside", {}},
      {"no sockets", "open_socket", {}},
      {"no signals by way of files", "signal_by_file", {}},
      {"a kernel cannot fork", "fork", {}},
      {"a kernel cannot start programs",
       "execute",
       {"/ke/worker"},
       ProbeEnd::kKilled},
      {"cores beyond the given ones stay out of reach", "widen_affinity", {}},
  };
}

std::vector<ProbeCase> LimitCases() {
  const SandboxLimits small = SmallLimits();
  return {
      {"memory limit", "use_memory", {Bytes(2 * kSmallMemory)}, ProbeEnd::kMemory,
       small},
      {"task limit", "use_tasks", {"24"}, ProbeEnd::kTasks, small},
      {"file size limit", "use_file", {Bytes(2)}, ProbeEnd::kRefused, small},
      {"disk limit", "use_disk", {Bytes(1), "4"}, ProbeEnd::kRefused, small},
      {"CPU time limit", "exceed_cpu_limit", {"5"}, ProbeEnd::kRefused, small},
      {"no core dumps", "dump_core", {}},
      {"limits cannot be raised", "raise_limits", {}},
  };
}

std::vector<ProbeCase> AttackCases() {
  std::vector<ProbeCase> cases;
  for (const char* name :
       {"ptrace", "process_vm_readv", "process_vm_writev", "mount", "unshare",
        "setns", "clone_namespace", "personality", "bpf", "perf_event_open",
        "userfaultfd", "io_uring_setup", "keyctl", "kcmp", "finit_module",
        "kexec_load"})
    cases.push_back(
        {format("seccomp kills {}", name), name, {}, ProbeEnd::kKilled});
  // The filters of builds and of host code are others; two stand for each.
  for (const char* name : {"ptrace", "unshare"}) {
    cases.push_back({.layer = format("seccomp kills {} in a build", name),
                     .probe = name,
                     .end = ProbeEnd::kKilled,
                     .profile = SyscallProfile::kBuild});
    cases.push_back({.layer = format("seccomp kills {} in host code", name),
                     .probe = name,
                     .end = ProbeEnd::kKilled,
                     .profile = SyscallProfile::kDevice});
  }
  return cases;
}

std::string Describe(const ExitReport& report) {
  if (report.timed_out) return "it did not end";
  if (!report.exited) return format("it died of signal {}", report.signal);
  if (report.exit_code == 0) return "it got through";
  if (report.exit_code == 1)
    return "it was refused " + Sanitize(report.errors, 200);
  return format("it could not be tried (exit code {}): {}", report.exit_code,
                Sanitize(report.errors, 200));
}

}  // namespace

std::vector<ProbeCase> SelfTestCases(const ProbeTargets& targets) {
  std::vector<ProbeCase> all;
  for (auto&& group :
       {FileCases(targets), ProcessCases(targets), LimitCases(), AttackCases()})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

std::string JudgeProbe(const ProbeCase& probe, const SandboxFacts& facts,
                       const ExitReport& report) {
  const bool refused = report.exited && report.exit_code == 1;
  const bool killed = !report.exited && report.signal == SIGSYS;
  bool good = false;
  switch (probe.end) {
    case ProbeEnd::kAllowed:
      good = report.exited && report.exit_code == 0;
      break;
    case ProbeEnd::kRefused:
      good = refused || killed;
      break;
    case ProbeEnd::kKilled:
      good = killed;
      break;
    case ProbeEnd::kMemory:
      good = facts.memory_by_cgroup ? report.limit == "memory" : refused;
      break;
    case ProbeEnd::kTasks:
      good = refused && (!facts.tasks_by_cgroup || report.limit == "tasks");
      break;
  }
  if (report.timed_out) good = false;
  if (good) return "";
  return format("probe {}: {}", probe.probe, Describe(report));
}

}  // namespace kernelevolve::worker
