#include "worker/timing/lane.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>

#include <cerrno>

#include "base/format.h"
#include "process/machine_lock.h"

namespace kernelevolve::worker {

Result<LaneHold> Lane::Lock(int operation) const {
  Fd fd(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return SystemError(format("cannot open the lane lock {}", file_.string()));
  while (::flock(fd.get(), operation) != 0)
    if (errno != EINTR) return SystemError("cannot take the lane lock");
  return LaneHold(std::move(fd));
}

Result<LaneHold> Lane::Share() const {
  if (!crowded_) return LaneHold();
  return Lock(LOCK_SH);
}

Result<LaneHold> Lane::Exclude() const {
  if (!waiting_) return Lock(LOCK_EX);
  ASSIGN_OR_RETURN(Fd fd, TakeMachineLock(file_.string(), waiting_));
  return LaneHold(std::move(fd));
}

std::vector<int> AllowedCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return {0};
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  return cpus;
}

static void SetAffinity(const std::vector<int>& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(cpu, &set);
  // Refused where the core has gone away; the measurement is noisier then.
  (void)sched_setaffinity(0, sizeof set, &set);
}

PinnedThread::PinnedThread(int cpu) : before_(AllowedCpus()) {
  SetAffinity({cpu});
}

PinnedThread::~PinnedThread() { SetAffinity(before_); }

}  // namespace kernelevolve::worker
