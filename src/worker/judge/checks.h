// The judge's checks by name. Each is one small unit that can be listed, and
// switched off to prove that something then slips through.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace kernelevolve::worker {

enum class Check {
  kBuildScan,
  kLibraryAllowList,
  kPoison,
  kCompare,
  kNonfinite,
  kErrorRatio,
  kCanaries,
  kFpEnvironment,
  kProcessState,
  kLateWrites,
  kIdleWrites,
  kIdleCpu,
  kGrowth,
  kCallSweep,
  kNudge,
  kInputFamilies,
  kSpecialValues,
  kHeldOutShapes,
  kTwoWorlds,
  kTimedCompare,
  kSpeedOfLight,
  kFlushProof,
  kManyCores,
  kSchedules,
  kClockClaim,
  kEarlyWork,
  kSanitizerMemory,
  kSanitizerRaces,
  kSanitizerUnwritten,
  kSanitizerBarriers,
  kShakenSchedule,
  kHostCode,
  kOwnWork,
  kPanelAlone,
};

struct CheckInfo {
  Check check;
  std::string name;     // as on the command line and in results
  std::string gate;     // "G1" … "G7" of judge.md 2.1
  std::string summary;  // one line
};

const std::vector<CheckInfo>& AllChecks();
const CheckInfo& InfoOf(Check check);

// Which checks are on. All, unless names say otherwise.
class CheckSet {
 public:
  CheckSet() = default;
  // All but these. kBadInput for an unknown name lists the known ones.
  static Result<CheckSet> Without(const std::vector<std::string>& names);
  bool on(Check check) const { return !off_.count(check); }
  std::vector<std::string> disabled() const;

 private:
  std::set<Check> off_;
};

}  // namespace kernelevolve::worker
