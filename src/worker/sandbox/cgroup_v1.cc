// cgroup v1: one folder in each hierarchy that we use.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "base/format.h"
#include "worker/sandbox/cgroup.h"
#include "worker/sandbox/cgroup_files.h"

namespace kernelevolve::worker {
namespace {

// Where groups are made; empty paths: this hierarchy cannot be written.
struct Hierarchies {
  fs::path memory, pids, cpu;
};

class GroupV1 : public Cgroup {
 public:
  ~GroupV1() override {
    join_files_.clear();
    for (const fs::path& folder : folders_) RemoveCgroup(folder);
  }

  Status Make(const Hierarchies& parents, const SandboxLimits& limits) {
    const std::string name = NextCgroupName();
    RETURN_IF_ERROR(Add(parents.memory, name, memory_));
    RETURN_IF_ERROR(Add(parents.pids, name, pids_));
    RETURN_IF_ERROR(Add(parents.cpu, name, cpu_));
    return SetLimits(limits);
  }

  std::vector<int> JoinFiles() const override {
    std::vector<int> files;
    for (const Fd& file : join_files_) files.push_back(file.get());
    return files;
  }

  std::string LimitHit() const override {
    if (ReadCgroupKey(memory_ / "memory.oom_control", "oom_kill").value_or(0))
      return "memory";
    if (ReadCgroupKey(pids_ / "pids.events", "max").value_or(0)) return "tasks";
    return "";
  }
  std::optional<uint64_t> PeakBytes() const override {
    return ReadCgroupNumber(memory_ / "memory.max_usage_in_bytes");
  }
  std::optional<std::chrono::nanoseconds> CpuTime() const override {
    const auto used = ReadCgroupNumber(cpu_ / "cpuacct.usage");
    if (!used) return std::nullopt;
    return std::chrono::nanoseconds(*used);
  }

 private:
  Status Add(const fs::path& parent, const std::string& name,
             fs::path& folder) {
    if (parent.empty()) return {};
    const fs::path path = parent / name;
    if (mkdir(path.c_str(), 0755) != 0)
      return SystemError("cannot make cgroup " + path.string());
    folder = path;
    folders_.push_back(path);
    Fd tasks(open((path / "tasks").c_str(), O_WRONLY | O_CLOEXEC));
    if (!tasks) return SystemError("cannot open " + path.string() + "/tasks");
    join_files_.push_back(std::move(tasks));
    return {};
  }

  Status SetLimits(const SandboxLimits& limits) {
    if (!memory_.empty()) {
      const std::string bytes = std::to_string(limits.memory_bytes);
      RETURN_IF_ERROR(
          WriteCgroupFile(memory_ / "memory.limit_in_bytes", bytes));
      // Absent where the kernel does not account swap; then there may be none.
      (void)WriteCgroupFile(memory_ / "memory.memsw.limit_in_bytes", bytes);
    }
    if (!pids_.empty())
      RETURN_IF_ERROR(
          WriteCgroupFile(pids_ / "pids.max", std::to_string(limits.tasks)));
    return {};
  }

  fs::path memory_, pids_, cpu_;
  std::vector<fs::path> folders_;
  std::vector<Fd> join_files_;
};

class MakerV1 : public CgroupMaker {
 public:
  explicit MakerV1(Hierarchies parents) : parents_(std::move(parents)) {}

  Result<std::unique_ptr<Cgroup>> Create(const SandboxLimits& limits) override {
    auto group = std::make_unique<GroupV1>();
    RETURN_IF_ERROR(group->Make(parents_, limits));
    return group;
  }
  bool limits_memory() const override { return !parents_.memory.empty(); }
  bool limits_tasks() const override { return !parents_.pids.empty(); }
  std::string description() const override {
    const fs::path& shown =
        parents_.memory.empty() ? parents_.pids : parents_.memory;
    return format("cgroup v1 at {}", shown.string());
  }

 private:
  const Hierarchies parents_;
};

// Our own group in the hierarchy, if groups can be made there.
fs::path WritablePlace(const char* controller, std::string& why_not) {
  const auto place = FindOwnCgroup(controller);
  if (!place) {
    why_not = format("cgroup v1 {} is not mounted", controller);
    return {};
  }
  RemoveStaleCgroups(place->folder);
  const fs::path trial = place->folder / NextCgroupName();
  if (mkdir(trial.c_str(), 0755) != 0) {
    why_not = SystemError("cannot make a cgroup in " + place->folder.string())
                  .value()
                  .message;
    return {};
  }
  RemoveCgroup(trial);
  return place->folder;
}

}  // namespace

std::unique_ptr<CgroupMaker> FindCgroupV1(std::string& why_not) {
  Hierarchies found;
  std::string ignored;
  found.cpu = WritablePlace("cpuacct", ignored);
  found.pids = WritablePlace("pids", why_not);
  found.memory = WritablePlace("memory", why_not);
  if (found.memory.empty() && found.pids.empty()) return nullptr;
  return std::make_unique<MakerV1>(std::move(found));
}

}  // namespace kernelevolve::worker
