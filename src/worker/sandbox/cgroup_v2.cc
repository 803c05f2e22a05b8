// cgroup v2: one folder below our own group, with the memory and pids
// controllers handed down, or the one of them that was handed to us. Never
// beside or above our group: its limits are the machine's owner's.
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

struct Controllers {
  bool memory = false, pids = false;
  bool any() const { return memory || pids; }
};

// A group that hands controllers down may hold no process itself, so those in
// ours (this worker, its engine, the shell of a container) move one level down
// into this one. Their limits stay what they were.
constexpr const char* kHostGroup = "kernelevolve.host";

class GroupV2 : public Cgroup {
 public:
  GroupV2(fs::path folder, Controllers controllers)
      : folder_(std::move(folder)), controllers_(controllers) {}
  ~GroupV2() override {
    handle_.Reset();
    RemoveCgroup(folder_);
  }

  Status Make(const SandboxLimits& limits) {
    if (mkdir(folder_.c_str(), 0755) != 0)
      return SystemError("cannot make cgroup " + folder_.string());
    if (controllers_.memory) {
      RETURN_IF_ERROR(WriteCgroupFile(folder_ / "memory.max",
                                      std::to_string(limits.memory_bytes)));
      // Absent where the kernel does not account swap.
      (void)WriteCgroupFile(folder_ / "memory.swap.max", "0");
    }
    if (controllers_.pids)
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

 private:
  const fs::path folder_;
  const Controllers controllers_;
  Fd handle_;
};

class MakerV2 : public CgroupMaker {
 public:
  MakerV2(fs::path parent, Controllers controllers)
      : parent_(std::move(parent)), controllers_(controllers) {}

  Result<std::unique_ptr<Cgroup>> Create(const SandboxLimits& limits) override {
    auto group =
        std::make_unique<GroupV2>(parent_ / NextCgroupName(), controllers_);
    RETURN_IF_ERROR(group->Make(limits));
    return group;
  }
  bool limits_memory() const override { return controllers_.memory; }
  bool limits_tasks() const override { return controllers_.pids; }
  std::string description() const override {
    return format("cgroup v2 at {}", parent_.string());
  }

 private:
  const fs::path parent_;
  const Controllers controllers_;
};

Controllers ReadControllers(const fs::path& file) {
  Controllers found;
  const auto text = ReadFile(file);
  std::istringstream words(text ? *text : std::string());
  for (std::string word; words >> word;) {
    found.memory |= word == "memory";
    found.pids |= word == "pids";
  }
  return found;
}

Status HandDown(const fs::path& folder, Controllers controllers) {
  const fs::path file = folder / "cgroup.subtree_control";
  const Controllers now = ReadControllers(file);
  std::string change;
  if (controllers.memory && !now.memory) change += "+memory ";
  if (controllers.pids && !now.pids) change += "+pids";
  return change.empty() ? Status() : WriteCgroupFile(file, change);
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

Result<Controllers> Prepare(const fs::path& folder) {
  const fs::path file = folder / "cgroup.controllers";
  const Controllers offered = ReadControllers(file);
  if (!offered.any())
    return Missing(format("{} has neither memory nor pids", file.string()));
  if (HandDown(folder, offered)) return offered;
  RETURN_IF_ERROR(MoveProcessesDown(folder));
  RETURN_IF_ERROR(HandDown(folder, offered));
  return offered;
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
  const auto controllers = Prepare(base);
  if (!controllers) {
    why_not = controllers.error().message;
    return nullptr;
  }
  auto maker = std::make_unique<MakerV2>(base, *controllers);
  const auto trial = maker->Create(SandboxLimits{});
  if (trial) return maker;
  why_not = trial.error().message;
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
