// What the operating system tells of the machine at a moment, and what two such
// moments say of the time between them: who else used it, and what held it back.
#pragma once

#include <optional>
#include <vector>

#include "base/file.h"
#include "core/evaluation.h"

namespace kernelevolve::worker {

// Seconds of processors, since the machine started.
struct CoreTimes {
  double busy = 0;
  double stolen = 0;  // a neighbour of this virtual machine had the core
};

// What is not told, as much is not in virtual machines, stays empty.
struct HostState {
  double clock_s = 0;
  double own_s = 0;  // processors' time of this worker and all that it started
  std::optional<double> load;             // average of one minute
  std::optional<CoreTimes> all, lane, sibling;
  std::optional<double> waiting_s;        // somebody waited for a core
  std::optional<double> mhz, celsius;
  std::optional<double> throttles;        // by heat, of the lane's core
  std::optional<double> quota_stopped_s;  // our group had used its share up
};

// Below `root`, which is "/" but in tests; of the core that kernels run on.
// Takes well under a millisecond.
HostState ReadHostState(const fs::path& root, int lane_cpu);

// What stays the same: kernel, processor, governor, limits of the container.
std::vector<EnvironmentFact> HostFacts(const fs::path& root, int lane_cpu);

// Between two looks. Pure.
struct HostUse {
  double seconds = 0;
  std::optional<double> others_cores;   // that others kept busy, on average
  std::optional<double> waiting_share;  // of the time somebody waited for a core
  // Of the lane's core: busy, whoever with, and taken away.
  std::optional<double> lane_share, stolen_share;
  std::optional<double> sibling_share;  // its other hardware thread was busy
  std::optional<double> throttles, quota_stopped_s;
};
HostUse UseBetween(const HostState& before, const HostState& after);

// Both looks and the time between, as facts. Pure.
std::vector<EnvironmentFact> UseFacts(const HostState& before,
                                      const HostState& after);

// One line where the machine was not ours alone, or was held back; else "".
// `cores`: that this process may use. Pure.
std::string BusyNote(const HostUse& use, size_t cores);

}  // namespace kernelevolve::worker
