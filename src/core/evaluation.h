// Evaluation: all that is known of one candidate after one trip through the
// judge. Measured samples or a failure with stage and code; never a sentinel
// time. JSON form: core/evaluation_json.h.
#pragma once

#include <array>
#include <string>
#include <variant>
#include <vector>

#include "core/profile.h"
#include "core/verdict.h"

namespace kernelevolve {

// How much a number may be trusted, from cheap to final (docs/judge.md): search
// numbers rank, only final numbers are reported.
enum class Stage { kSearch, kConfirm, kFinal };
std::string_view StageName(Stage stage);
std::optional<Stage> ParseStage(std::string_view name);

using Interval = std::array<double, 2>;  // low, high; 95 %

struct PanelTime {
  std::string name;
  double time_us = 0;
};

struct ShapeResult {
  std::string name;
  double time_us = 0;
  Interval ci_us{};
  double speedup = 0;  // best of the panel / candidate
  Interval speedup_ci{};
  double speed_of_light = 0;  // bound / time; 0 where the task states no cost
  double bound_us = 0;
  double weight = 1;
  std::vector<PanelTime> panel;
};

struct PhaseTimes {  // milliseconds
  double build = 0, correctness = 0, timing = 0, profile = 0;
  double device_exclusive = 0;  // holding the lane alone
  // Of all that, time inside the compiler and inside the kernels themselves.
  double compiler = 0, kernel = 0;
  // Of processors, in the worker and all that it started; 0 = not known.
  double cpu = 0;
};

// What judging took, of a run or of a node.
struct JudgeTime {
  double device_s = 0;  // the device held for timing alone
  double cpu_s = 0;     // PhaseTimes::cpu

  void Add(const PhaseTimes& phases) {
    device_s += phases.device_exclusive / 1e3;
    cpu_s += phases.cpu / 1e3;
  }
  bool operator==(const JudgeTime&) const = default;
};

// Self-describing: printers, store and page need no special case for a new one.
struct Metric {
  std::string name;
  double value = 0;
  std::string unit;
};

// One thing known of the machine while it timed, or of the noise in the times:
// "load_before", 2.1. docs/judge.md lists the names; what a machine does not show
// is left out. A share is between 0 and 1.
struct EnvironmentFact {
  std::string name;
  std::variant<double, std::string> value;
};

// One search-stage measurement is of one process, and its interval does not know
// how processes differ: it is taken as so much wider, each way.
inline constexpr double kSearchStageSpread = 1.1;

struct Evaluation {
  std::string candidate_id;
  VerdictStatus status = VerdictStatus::kHarnessError;
  Code code = Code::kWorkerLost;
  std::vector<Code> secondary;
  std::string failed_check;  // name of the check that spoke; "" if accepted
  std::string message;       // for people and prompts, sanitised
  char tier = 'H';           // 'K' kernel only, 'H' host code in the timed path
  Stage stage = Stage::kSearch;
  std::string baseline;      // best of the panel
  double speedup = 0;        // weighted geometric mean over shapes; 0 = none
  Interval speedup_ci{};
  std::optional<Decision> decision;  // of an accepted candidate
  std::vector<ShapeResult> shapes;
  PhaseTimes phases;
  std::vector<Metric> metrics;      // evidence: elements compared, errors, …
  std::vector<std::string> notes;   // what a reader must know: a baseline left
                                    // out, no sandbox, nondeterministic
  std::string log;                  // compiler or run-time text, sanitised
  // Per process, the weighted mean log ratio against the best baseline: the
  // sample behind speedup_ci.
  std::vector<double> process_log_ratios;
  std::vector<EnvironmentFact> environment;
  // Why it takes its time; accepted candidates on devices with a profiler.
  std::optional<Profile> profile;

  bool accepted() const { return status == VerdictStatus::kAccept; }
};

}  // namespace kernelevolve
