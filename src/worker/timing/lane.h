// The lane of a device. Of a CPU: while somebody times, nobody builds or checks
// on the same cores. Of a GPU: one at a time measures on it, whatever user's. The
// lock is a file held open by the judge, outside of every sandbox.
#pragma once

#include <functional>
#include <vector>

#include "base/fd.h"
#include "base/file.h"
#include "base/result.h"

namespace kernelevolve::worker {

// Shared with other non-timing work, or exclusive for timing. Released when
// destroyed. On machines with cores to spare, sharing costs nothing and is
// skipped (see Lane).
class LaneHold {
 public:
  LaneHold() = default;
  explicit LaneHold(Fd fd) : fd_(std::move(fd)) {}

 private:
  Fd fd_;  // closing it unlocks
};

class Lane {
 public:
  // `file` is made if absent. `crowded`: builds and checks would run on the
  // lane's cores, so they wait while somebody times.
  Lane(fs::path file, bool crowded) : file_(std::move(file)), crowded_(crowded) {}
  // Of a GPU: the lock is the whole machine's (process/machine_lock.h), named as
  // `file` is. `waiting` is called where another process holds it for long.
  Lane(const fs::path& file, std::function<void()> waiting)
      : file_(file.filename()), waiting_(std::move(waiting)) {}

  Result<LaneHold> Share() const;    // blocks while somebody times
  Result<LaneHold> Exclude() const;  // blocks until it is alone

 private:
  Result<LaneHold> Lock(int operation) const;
  fs::path file_;
  bool crowded_ = false;
  std::function<void()> waiting_;  // of a GPU only
};

// Pins the calling thread for its lifetime; children started meanwhile inherit.
class PinnedThread {
 public:
  explicit PinnedThread(int cpu);
  ~PinnedThread();
  PinnedThread(const PinnedThread&) = delete;

 private:
  std::vector<int> before_;
};

// The cores this process may use.
std::vector<int> AllowedCpus();

}  // namespace kernelevolve::worker
