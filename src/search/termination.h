// When a run ends: small rules in a chain, the first that speaks wins and its
// text is the recorded reason.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kernelevolve {

// The facts the rules read. Kept by the campaign; plain values, no clock.
struct Progress {
  int64_t nodes = 0;   // evaluated, whatever came of them
  double seconds = 0;  // of the run, earlier processes included
  double dollars = 0;
  int64_t tokens = 0;
  double device_seconds = 0;
  double best_fitness = 0;
  double best_speed_of_light = 0;  // bound / time of the best; 0 = unknown
  bool interrupted = false;
  bool exhausted = false;  // the search has nothing left to try
  std::string out_of_budget;  // why no further proposal can be paid for
  // Where the best last rose by at least kStallGain.
  int64_t nodes_at_gain = 0;
  double seconds_at_gain = 0;
  double fitness_at_gain = 0;

  // Counts one evaluated node of the given fitness (0: not accepted).
  void Observe(double fitness, double speed_of_light);
};

// A rise of less than 1 % is noise at the search stage and does not end a
// stall.
inline constexpr double kStallGain = 0.01;

// 0 switches a rule off.
struct TerminationOptions {
  int64_t max_nodes = 0;
  double max_seconds = 0;
  double max_dollars = 0;
  int64_t max_tokens = 0;
  double max_device_seconds = 0;
  int64_t stall_nodes = 0;  // nodes without a gain
  double target_speedup = 0;
  // Ends once the best is within so many per cent of the speed of light: 20
  // means bound / time >= 0.8.
  double within_percent_of_light = 0;
};

struct TerminationReason {
  std::string rule;  // "nodes", "seconds", "stall", "interrupted", …
  std::string text;  // "120 of 120 nodes"
};

class TerminationRule {
 public:
  virtual ~TerminationRule() = default;
  virtual const char* Name() const = 0;
  // Text of the reason, or nullopt to go on.
  virtual std::optional<std::string> Check(const Progress& progress) const = 0;
};

// Single-threaded, owned by the campaign.
class Termination {
 public:
  // Interruption, exhaustion and an empty purse are always in the chain.
  explicit Termination(const TerminationOptions& options);
  void Add(std::unique_ptr<TerminationRule> rule);
  std::optional<TerminationReason> Check(const Progress& progress) const;

 private:
  std::vector<std::unique_ptr<TerminationRule>> rules_;
};

}  // namespace kernelevolve
