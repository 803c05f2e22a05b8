// cgroup v2: one folder, with the memory and pids controllers handed down.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

#include "base/fd.h"
#include "base/format.h"
#include "base/text.h"
#include "worker/sandbox/cgroup.h"
#include "worker/sandbox/cgroup_files.h"

namespace kernelevolve::worker {
namespace {

// A group that hands controllers down may hold no process itself, so those in
// ours (this worker, its engine, the shell of a container) move one level down
// into this one. Their limits stay what they were.
constexpr const char* kHostGroup = "kernelevolve.host";

class GroupV2 : public Cgroup {
 public:
  explicit GroupV2(fs::path folder) : folder_(std::move(folder)) {}
  ~GroupV2() override {
    handle_.Reset();
    RemoveCgroup(folder_);
  }

  Status Make(const SandboxLimits& limits) {
    if (mkdir(folder_.c_str(), 0755) != 0)
      return SystemError("cannot make cgroup " + folder_.string());
    RETURN_IF_ERROR(WriteCgroupFile(folder_ / "memory.max",
                                    std::to_string(limits.memory_bytes)));
    // Absent where the kernel does not account swap.
    (void)WriteCgroupFile(folder_ / "memory.swap.max", "0");
    RETURN_IF_ERROR(
        WriteCgroupFile(folder_ / "pids.max", std::to_string(limits.tasks)));
    handle_.Reset(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!handle_) return SystemError("cannot open cgroup " + folder_.string());
    return {};
  }

  int BirthFolder() const override { return handle_.get(); }
  std::string LimitHit() const override {
    if (ReadCgroupKey(folder_ / "memory.events", "oom_kill").value_or(0))
      return "memory";
    if (ReadCgroupKey(folder_ / "pids.events", "max").value_or(0))
      return "tasks";
    return "";
  }
  std::optional<uint64_t> PeakBytes() const override {
    return ReadCgroupNumber(folder_ / "memory.peak");
  }
  std::optional<std::chrono::nanoseconds> CpuTime() const override {
    const auto used = ReadCgroupKey(folder_ / "cpu.stat", "usage_usec");
    if (!used) return std::nullopt;
    return std::chrono::microseconds(*used);
  }
  std::optional<int> TaskCount() const override {
    return ReadCgroupNumber(folder_ / "pids.current");
  }

 private:
  const fs::path folder_;
  Fd handle_;
};

class MakerV2 : public CgroupMaker {
 public:
  explicit MakerV2(fs::path parent) : parent_(std::move(parent)) {}

  Result<std::unique_ptr<Cgroup>> Create(const SandboxLimits& limits) override {
    auto group = std::make_unique<GroupV2>(parent_ / NextCgroupName());
    RETURN_IF_ERROR(group->Make(limits));
    return group;
  }
  bool limits_memory() const override { return true; }
  bool limits_tasks() const override { return true; }
  std::string description() const override {
    return format("cgroup v2 at {}", parent_.string());
  }

 private:
  const fs::path parent_;
};

bool Lists(const fs::path& file, const std::string& word) {
  const auto text = ReadFile(file);
  if (!text) return false;
  std::istringstream words(*text);
  for (std::string entry; words >> entry;)
    if (entry == word) return true;
  return false;
}

bool HandsDown(const fs::path& folder) {
  return Lists(folder / "cgroup.subtree_control", "memory") &&
         Lists(folder / "cgroup.subtree_control", "pids");
}

Status HandDown(const fs::path& folder) {
  return WriteCgroupFile(folder / "cgroup.subtree_control", "+memory +pids");
}

Status MoveProcessesDown(const fs::path& folder) {
  const fs::path host = folder / kHostGroup;
  if (mkdir(host.c_str(), 0755) != 0 && errno != EEXIST)
    return SystemError("cannot make cgroup " + host.string());
  ASSIGN_OR_RETURN(const std::string pids, ReadFile(folder / "cgroup.procs"));
  for (std::string_view pid : Split(pids, '\n')) {
    if (Trim(pid).empty()) continue;
    // One that ended meanwhile, or that cannot move, shows when controllers
    // are handed down.
    (void)WriteCgroupFile(host / "cgroup.procs", std::string(pid));
  }
  return {};
}

Status Prepare(const fs::path& folder) {
  for (const char* needed : {"memory", "pids"})
    if (!Lists(folder / "cgroup.controllers", needed))
      return Missing(format("{} has no {} controller",
                            (folder / "cgroup.controllers").string(), needed));
  if (HandsDown(folder) || HandDown(folder)) return {};
  RETURN_IF_ERROR(MoveProcessesDown(folder));
  return HandDown(folder);
}

// Where a worker before us moved us down already, its parent is the place.
fs::path Base(const fs::path& own) {
  return own.filename() == kHostGroup ? own.parent_path() : own;
}

}  // namespace

std::unique_ptr<CgroupMaker> FindCgroupV2(std::string& why_not) {
  const auto place = FindOwnCgroup("");
  if (!place) {
    why_not = "cgroup v2 is not mounted";
    return nullptr;
  }
  const fs::path base = Base(place->folder);
  RemoveStaleCgroups(base);
  auto maker = std::make_unique<MakerV2>(base);
  Status ready = Prepare(base);
  if (ready) {
    const auto trial = maker->Create(SandboxLimits{});
    if (trial) return maker;
    ready = tl::unexpected<Error>(trial.error());
  }
  why_not = ready.error().message;
  return nullptr;
}

std::unique_ptr<CgroupMaker> FindCgroups(std::string& why_not) {
  std::string v1, v2;
  if (auto maker = FindCgroupV2(v2)) return maker;
  if (auto maker = FindCgroupV1(v1)) return maker;
  why_not = format("no cgroup can be made ({}; {})", v2, v1);
  return nullptr;
}

}  // namespace kernelevolve::worker
