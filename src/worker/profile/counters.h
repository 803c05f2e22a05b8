// Hardware counters of another process, by way of perf_event_open. The judge
// opens them from outside; inside a sandbox the call is an attack.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"

namespace kernelevolve::worker {

struct CounterSpec {
  const char* name;
  uint32_t type;  // PERF_TYPE_…
  uint64_t config;
};
// Cycles, instructions, misses of L1, last level and dTLB, branch misses.
const std::vector<CounterSpec>& HardwareCounters();

// Why perf_event_open refuses with `error`, and what would allow it; `paranoid`
// is the value of kernel.perf_event_paranoid. Pure.
std::string ExplainRefusal(int error, const std::string& paranoid);
std::string PerfEventParanoid();

// Counts in user space, of one process and the threads that it starts later.
// One thread.
class Counters {
 public:
  // Those of `wanted` that this machine grants; `refusal` is the first errno, 0
  // if all are.
  static Counters Open(pid_t pid, const std::vector<CounterSpec>& wanted,
                       int* refusal);

  bool empty() const { return open_.empty(); }
  void Start();
  void Stop();
  struct Value {
    std::string name;
    double count = 0;  // between all Starts and Stops so far
  };
  // Counters that had to take turns are scaled; one that never ran is left out.
  std::vector<Value> Read() const;

 private:
  struct Counter {
    std::string name;
    Fd fd;
  };
  std::vector<Counter> open_;
};

}  // namespace kernelevolve::worker
