// A kernel's calls, observed by counters and samples: after it was judged and
// timed, in a process of its own, so that observing costs no measured time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/profile.h"
#include "worker/judge/machine.h"
#include "worker/judge/session.h"
#include "worker/profile/counters.h"

namespace kernelevolve::worker {

struct Observation {
  // Shape name → counts of one call; empty where nothing could be counted.
  std::map<std::string, std::vector<ProfileCounter>> counters;
  // Addresses within the artefact, over all shapes.
  std::vector<uint64_t> samples;
  size_t library_samples = 0;
  std::vector<std::string> lost;
};

struct ObservationPlan {
  std::chrono::milliseconds per_shape{150};  // of wall time
  int most_calls = 2000;
  std::chrono::nanoseconds sample_period = std::chrono::microseconds(50);
};

// One kernel. One thread, which holds the lane.
class ObservedCalls {
 public:
  ObservedCalls(const Machine& machine, const Task& task, std::string secret,
                const ObservationPlan& plan)
      : machine_(machine),
        task_(task),
        secret_(std::move(secret)),
        plan_(plan) {}

  // What cannot be observed, or a kernel that fails now, is a line in `lost`.
  Observation Run(const fs::path& library,
                  const std::vector<ShapeCase>& shapes);

 private:
  Verdictless Observe(const fs::path& library,
                      const std::vector<ShapeCase>& shapes);
  Result<std::unique_ptr<Session>> StartSession(
      const fs::path& library, const std::vector<ShapeCase>& shapes,
      std::optional<Failure>* failure);
  // Adds a line to `lost`, once for all shapes.
  void Lose(const std::string& line);
  // Puts the operands where a timed call finds them.
  void Settle(Session& session);
  // One call between `start` and `stop`, timed calls' caches.
  template <typename Watch>
  Verdictless CallOnce(Session& session, MailboxCommand command, Watch& watch);
  Verdictless Count(Session& session, const ShapeCase& shape);
  Verdictless Sample(Session& session, const fs::path& library);
  // Whether a shape's time or calls are used up.
  bool Enough(std::chrono::steady_clock::time_point start, int calls) const;

  const Machine& machine_;
  const Task& task_;
  std::string secret_;
  ObservationPlan plan_;
  Observation seen_;
};

// Counts of `calls` calls without those of as many empty ones, per call. Pure.
std::vector<ProfileCounter> PerCall(const std::vector<Counters::Value>& called,
                                    const std::vector<Counters::Value>& empty,
                                    int calls);

}  // namespace kernelevolve::worker
