// Cgroup: the accounting group of one program, and CgroupMaker, which finds out
// once per worker where such groups can be made.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

// Owned by one program's handle. Destroyed when the program is gone: removes
// the folders.
class Cgroup {
 public:
  virtual ~Cgroup() = default;

  // v1: open files into which the child writes "0" to join.
  virtual std::vector<int> JoinFiles() const { return {}; }
  // v2: open folder to be born into; -1 = none.
  virtual int BirthFolder() const { return -1; }

  // "memory", "tasks" or "": what the kernel ended or refused so far.
  virtual std::string LimitHit() const = 0;
  // nullopt where this kernel or mount does not tell.
  virtual std::optional<uint64_t> PeakBytes() const = 0;
  virtual std::optional<std::chrono::nanoseconds> CpuTime() const = 0;
};

// Thread-safe. Owned by the sandbox.
class CgroupMaker {
 public:
  virtual ~CgroupMaker() = default;
  virtual Result<std::unique_ptr<Cgroup>> Create(const SandboxLimits&) = 0;
  virtual bool limits_memory() const = 0;
  virtual bool limits_tasks() const = 0;
  virtual std::string description() const = 0;
};

// Tries v2, then v1; nullptr and a reason in `why_not` where neither can be
// written. Removes groups that dead workers left.
std::unique_ptr<CgroupMaker> FindCgroups(std::string& why_not);
std::unique_ptr<CgroupMaker> FindCgroupV1(std::string& why_not);
std::unique_ptr<CgroupMaker> FindCgroupV2(std::string& why_not);

}  // namespace kernelevolve::worker
